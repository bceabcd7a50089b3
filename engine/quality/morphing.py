"""Things that turn into others: how many corners of the picture live on for half a second.

Corners (Shi and Tomasi) are followed from frame to frame (engine.vision.track, there and back) and keep the look they
had when they were found. One dies when it cannot be followed any more, or when nothing around it looks as it did
(correlation, by quarters, so that a corner at the edge of a thing lives on that side that moves with it). Not deaths:
leaving the picture; being covered, where the motion around has a step; a cut, which takes most at once and has a check
of its own. Survival over half a second is the product of the shares that live through each frame (Kaplan and Meier
1958, "Nonparametric estimation from incomplete observations"), over the whole picture and in each part of it.

`inconsistent_share` is the area where the flow there and back does not agree, as Sundaram et al. 2010 ("Dense point
trajectories by GPU-accelerated large displacement optical flow") use it to find occlusions. It is reported and not
judged: measured, it is 0.01 in a picture that melts into another and 0.5 in a smooth plasma.

Blind: what has no corners (not applicable then); melts of much more than a second; bending that tears nothing, or
takes place in less than a tenth of the picture; at most a dozen corners of small things. Generators whose forms live by
turning into others (ink, flames, moire) fail, as do fast flights, in which everything grows and leaves (city).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.quality.contracts import Clip, Look, Verdict, Watch
from engine.quality.limits import LIMITS
from engine.quality.marks import spans
from engine.vision import track
from engine.vision.cuts import is_cut

Grey = NDArray[np.uint8]
Points = NDArray[np.float32]
LIFE_S = 0.5
"""seconds over which survival is said"""
OLD, YOUNG = 1.5, 3
"""lives (LIFE_S) after which a corner is let go, before its own turning and growing kills it; frames in which its look
is too new to have changed, and it counts neither way"""
MANY, FEW = 160, 12
"""corners that are followed; fewer say nothing"""
PART_FEW = 16
"""the same of a part"""
EVERY = 4
"""frames from one search for corners to the next"""
STRENGTH = 20.0
"""least eigenvalue (codes squared) of a corner: those of gradients and noise are weaker"""
PATCH = 15
"""pixels a side of a look, at half the size of the picture"""
PLAIN = 6.0
"""norm of a quarter's look (codes) below which it is plain and says nothing"""
ALIKE = 0.5
"""least correlation with the first look"""
NEAR = 28
"""pixels around a corner where a step in the motion means that it is being covered: the reach of following"""
APART, STEP = 1.5, 0.15
"""pixels between two motions that are two, and the share of them that no affine motion explains"""
KNOWN = 0.6
"""share of the places around whose motion must lead there and back, for a step to be believed"""
PARTS = (3, 3)
"""across and down"""
BORDER = PATCH // 2 + 1
AT_ONCE = 0.5
"""share of corners that a cut kills"""
WHOLE, PART = 0.6, 0.85
"""share of deaths in half a second, in the whole picture and in one part of it, for a severity of 1"""


def watch(clip: Clip) -> Watch:
    """severity 0-1: deaths of half a second; over 0.5, things turn into others."""
    life = max(8, round(LIFE_S * clip.fps))
    herd = _Herd(life)
    risks: list[NDArray[np.float64]] = []
    inconsistent: list[float] = []
    while (look := (yield)) is not None:
        if look.before is not None:
            risks.append(herd.step(look))
            inconsistent.append(1.0 - float(look.between.known.mean()))
        herd.fill(look)
    judged = [risk for risk in risks if not np.isnan(risk[0])]
    if len(judged) < min(life, 8):
        reason = "too few corners to follow" if len(risks) >= 8 else "fewer than nine frames"
        return Verdict("morphing", None, None, reason=reason)
    lost = _lost(np.nan_to_num(np.stack(risks)), life)
    severity = np.minimum(np.maximum(lost[:, 0] / WHOLE, lost[:, 1:].max(axis=1) / PART), 1.0)
    score, least = 1.0 - float(severity.max()), LIMITS["morphing"].least
    guilty = {int(k) + 1: 1.0 - float(severity[k]) for k in np.flatnonzero(1.0 - severity < least)}
    measured = {
        "survival_share": 1.0 - float(lost[:, 0].max()),
        "survival_share_of_worst_part": 1.0 - float(lost[:, 1:].max()),
        "inconsistent_share": float(np.mean(inconsistent)),
        "corners": float(np.mean(herd.counts)),
    }
    reason = f"{lost[:, 0].max():.0%} of the corners turn into something else within {life / clip.fps:.1f} s"
    return Verdict("morphing", score >= least, score, spans(guilty), reason, measured)


@dataclass(slots=True)
class _Herd:
    """Corners [N, 2] at half size, their first looks [N, PATCH, PATCH], their ages in frames."""

    life: int
    at: Points = field(default_factory=lambda: np.zeros((0, 2), np.float32))
    looks: Points = field(default_factory=lambda: np.zeros((0, PATCH, PATCH), np.float32))
    ages: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    grey: Grey = field(default_factory=lambda: np.zeros((0, 0), np.uint8))
    counts: list[int] = field(default_factory=list)

    def step(self, look: Look) -> NDArray[np.float64]:
        """Follow them into the look: the share that dies, of all and in each part; NaN, 0 where there are too few."""
        assert look.before is not None
        now = _half(look.grey)
        number = len(self.at)
        self.counts.append(number)
        risk = np.zeros(1 + PARTS[0] * PARTS[1])
        there, found = track.followed(*_level(self.grey, now), self.at)
        dead = ~found
        if number:
            dead[found] = ~_lives(self.looks[found], _patches(now, there[found]))
        if number >= FEW and dead.mean() > AT_ONCE and is_cut(look.before.frame, look.frame):
            self._keep(np.zeros(number, bool), there)
            return risk
        inside = ~_outside(there, now)
        judged = inside & (self.ages >= YOUNG) & ~(dead & _covered(look, self.at))
        if int(judged.sum()) < FEW:
            risk[0] = np.nan
        else:
            risk[0] = dead[judged].mean()
            where = _part(self.at, now)
            many = np.bincount(where[judged], minlength=len(risk) - 1)
            deaths = np.bincount(where[judged & dead], minlength=len(risk) - 1)
            risk[1:] = np.where(many >= PART_FEW, deaths / np.maximum(many, 1), 0.0)
        self._keep(inside & ~dead & (self.ages < OLD * self.life), there)
        return risk

    def fill(self, look: Look) -> None:
        """New corners where there are none."""
        self.grey = _half(look.grey)
        if look.number % EVERY and len(self.at) >= FEW:
            return
        strength = cv2.cornerMinEigenVal(self.grey.astype(np.float32), 3)
        free = (strength > STRENGTH).astype(np.uint8) * 255
        for edge in (free[:BORDER], free[-BORDER:], free[:, :BORDER], free[:, -BORDER:]):
            edge[:] = 0
        for x, y in self.at:
            cv2.circle(free, (round(float(x)), round(float(y))), 6, 0, -1)
        if len(self.at) >= MANY or not free.any():
            return
        new = track.corners(self.grey, free, MANY - len(self.at))
        self.at = np.concatenate([self.at, new])
        self.looks = np.concatenate([self.looks, _patches(self.grey, new)])
        self.ages = np.concatenate([self.ages, np.zeros(len(new), np.int64)])

    def _keep(self, which: NDArray[np.bool_], there: Points) -> None:
        self.at, self.looks, self.ages = there[which], self.looks[which], self.ages[which] + 1


def _half(grey: Grey) -> Grey:
    size = max(2 * PATCH, grey.shape[1] // 2), max(2 * PATCH, grey.shape[0] // 2)
    return np.asarray(cv2.GaussianBlur(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), (0, 0), 0.8), np.uint8)


def _level(a: Grey, b: Grey) -> tuple[Grey, Grey]:
    """Both as bright as the darker one: following believes that light stays the same."""
    gain = (float(b.mean()) + 1.0) / (float(a.mean()) + 1.0)
    if gain < 1:
        return np.asarray(cv2.convertScaleAbs(a, alpha=gain), np.uint8), b
    return a, np.asarray(cv2.convertScaleAbs(b, alpha=1 / gain), np.uint8)


def _patches(grey: Grey, at: Points) -> Points:
    """[N, PATCH, PATCH]: what is around each point."""
    offset = np.arange(PATCH, dtype=np.float32) - PATCH // 2
    x = np.broadcast_to(at[:, 0, None, None] + offset, (len(at), PATCH, PATCH)).reshape(-1, PATCH)
    y = np.broadcast_to(at[:, 1, None, None] + offset[:, None], (len(at), PATCH, PATCH)).reshape(-1, PATCH)
    if not len(at):
        return np.zeros((0, PATCH, PATCH), np.float32)
    seen = cv2.remap(grey.astype(np.float32), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen, np.float32).reshape(-1, PATCH, PATCH)


def _lives(first: Points, now: Points) -> NDArray[np.bool_]:
    """[N]: looks that the whole or a quarter that is not plain still has."""
    middle = PATCH // 2 + 1
    near, far = slice(0, middle), slice(PATCH - middle, PATCH)
    alike = _correlation(first, now) > ALIKE
    for rows in (near, far):
        for columns in (near, far):
            a, b = first[:, rows, columns], now[:, rows, columns]
            alike |= _correlation(a, b, PLAIN) > ALIKE + 0.2
    return np.asarray(alike)


def _correlation(a: Points, b: Points, plain: float = 0.0) -> NDArray[np.float32]:
    """[N]: of pictures [N, h, w], -1 to 1; -1 where the first one is plain."""
    x, y = a - a.mean(axis=(1, 2), keepdims=True), b - b.mean(axis=(1, 2), keepdims=True)
    x_norm, y_norm = (np.sqrt((v * v).sum(axis=(1, 2))) for v in (x, y))
    found = (x * y).sum(axis=(1, 2)) / np.maximum(x_norm * y_norm, 1e-3)
    return np.where(x_norm > plain, found, -1.0).astype(np.float32)


def _outside(at: Points, grey: Grey) -> NDArray[np.bool_]:
    height, width = grey.shape
    x, y = at[:, 0], at[:, 1]
    return np.asarray((x < BORDER) | (y < BORDER) | (x > width - 1 - BORDER) | (y > height - 1 - BORDER))


def _covered(look: Look, at: Points) -> NDArray[np.bool_]:
    """[N]: points (at half size, of the look before) where one thing moves over another.

    There motion has a step, which no affine motion of nine places around explains; bending and stirring have none."""
    if not len(at):
        return np.zeros(0, bool)
    height, width = look.grey.shape
    there = look.between.there
    across, down = np.meshgrid((-1.0, 0.0, 1.0), (-1.0, 0.0, 1.0))
    design = np.stack([np.ones(9), across.ravel(), down.ravel()], axis=1)
    left = np.eye(9) - design @ np.linalg.pinv(design)
    x = np.clip(np.rint(2 * at[:, :1] + NEAR * across.ravel()).astype(int), 0, width - 1)
    y = np.clip(np.rint(2 * at[:, 1:] + NEAR * down.ravel()).astype(int), 0, height - 1)
    motion = there[y, x]
    unlike = np.sqrt(((left @ motion) ** 2).sum(axis=-1).mean(axis=1))
    apart = np.linalg.norm(motion.max(axis=1) - motion.min(axis=1), axis=1)
    # where a picture melts, motion is found that is none: it does not lead back
    believed = look.between.known[y, x].mean(axis=1) >= KNOWN
    found: NDArray[np.bool_] = (apart > APART) & (unlike > STEP * apart) & believed
    return found


def _part(at: Points, grey: Grey) -> NDArray[np.int64]:
    height, width = grey.shape
    column = np.clip(at[:, 0] * PARTS[0] / width, 0, PARTS[0] - 1).astype(np.int64)
    row = np.clip(at[:, 1] * PARTS[1] / height, 0, PARTS[1] - 1).astype(np.int64)
    return np.asarray(row * PARTS[0] + column, np.int64)


def _lost(risks: NDArray[np.float64], life: int) -> NDArray[np.float64]:
    """[N, parts]: the largest share that dies within `life` frames, of the stretches that a frame is in."""
    span = min(life, len(risks))
    logs = np.log(np.maximum(1.0 - risks, 1e-3))
    sums = np.lib.stride_tricks.sliding_window_view(logs, span, axis=0).sum(axis=-1)
    padded = np.pad(sums, ((span - 1, span - 1), (0, 0)), constant_values=0.0)
    worst = np.lib.stride_tricks.sliding_window_view(padded, span, axis=0).min(axis=-1)
    lost: NDArray[np.float64] = 1.0 - np.exp(worst)
    return lost

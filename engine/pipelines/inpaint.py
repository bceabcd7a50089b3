"""Things taken out of a clip: what is behind them is looked for in the frames before and after, and put in their place.

Nearest frames first, laid over each other by the camera's motion (engine.vision.track), what is left of the misfit by
dense flow, light and colour by the rim of the hole. What no frame of the window shows is made up once, and from then
on carried along like the rest. Pixels outside of the mask (grown and feathered) are those of the source, bit for bit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.vision.cuts import is_cut
from engine.vision.fill import filled, surroundings
from engine.vision.flow import both, mismatch, warp
from engine.vision.track import Transform, between, is_still, moved

Frame = NDArray[np.uint8]
Hole = NDArray[np.bool_]
"""[H, W], true where the picture is not known"""
Styler = Callable[[Frame, None], NDArray[np.float32]]
Painter = Callable[[Frame, Hole], Frame]
"""fills a hole that no frame of the clip knows anything of"""
TRACKED = 640
"""pixels: the longer side at which the camera's motion is looked for"""
MARGIN = 40
"""pixels around the hole in which it is made to fit"""
GAINS = (0.2, 0.01)
"""share of the hole that a frame must fill to be used: first few frames with much, for every one more is one more
seam; then what is left"""
KEPT, EVERY = 6, 24
"""finished frames that are kept behind the window as sources of last resort, and how many lie between them"""
MISFIT = 0.75
"""misfit of the rim, in standard deviations of the rim, from which a frame is not believed"""
SPECK = 0.002
"""share of the hole that may be made up again in every frame; more is remembered"""


@dataclass(frozen=True, slots=True)
class How:
    """ahead, behind: frames looked at on either side, kept in memory (1080p: 6 MB each). grow: pixels that the mask is
    made larger by; feather: pixels over which the edge goes over into the source beyond that."""

    ahead: int = 48
    behind: int = 48
    grow: int = 4
    feather: int = 4
    paint: Painter = filled


@dataclass(frozen=True, slots=True)
class View:
    """One frame of the window."""

    frame: Frame
    hole: Hole
    share: NDArray[np.float32]
    """[h, w, 1], 0-1, of `area` alone: how much of the picture is replaced"""
    area: tuple[slice, slice]
    """rows and columns of the hole"""
    grey: NDArray[np.uint8]
    """small, for tracking"""
    seen: NDArray[np.uint8]
    """small; 0 in the hole"""
    shot: int
    place: Transform
    """where its points (small) are in the first frame of the window"""
    number: int


@dataclass(slots=True)
class Window:
    """The frames around the one that is made, and finished ones from before."""

    how: How
    views: deque[View] = field(default_factory=deque)
    kept: deque[View] = field(default_factory=deque)
    count: int = 0

    def take(self, frame: Frame, mask: Hole) -> None:
        """The next frame of the clip."""
        hole, whole = grown(mask, self.how.grow, self.how.feather)
        area = surroundings(hole, 0.0, 0) if hole.any() else (slice(0, 0), slice(0, 0))
        share = whole[area].copy()
        grey, seen = small(frame, hole)
        shot, place = 0, np.eye(3)
        if self.views:
            last = self.views[-1]
            cut = is_cut(last.frame, frame)
            back = None if cut else between(grey, last.grey, (seen, last.seen))
            shot = last.shot + cut
            place = np.eye(3) if cut else last.place @ (np.eye(3) if back is None else back)
        self.views.append(View(frame, hole, share, area, grey, seen, shot, place / place[2, 2], self.count))
        self.count += 1
        if self.count % 64 == 0:
            self._rebase()

    def _rebase(self) -> None:
        """Places relative to the newest frame again: a camera that zooms for an hour would leave the numbers behind."""
        newest = self.views[-1]
        root = np.linalg.inv(newest.place)
        for views in (self.views, self.kept):
            for at, view in enumerate(views):
                if view.shot == newest.shot:
                    place = root @ view.place
                    views[at] = replace(view, place=place / place[2, 2])

    def forget(self, now: int) -> None:
        while self.views and self.views[0].number < now - self.how.behind:
            self.views.popleft()


def removed(clip: Iterable[tuple[Frame, Hole]], how: How = How()) -> Iterator[Frame]:
    """(frame [H, W, 3], mask [H, W], true on what shall go) of one size -> the frames without it.

    Holds `behind + ahead + KEPT + 1` frames, however long the clip is. What is seen only farther away is made up.
    """
    window, waiting, source = Window(how), 0, iter(clip)
    for frame, mask in source:
        window.take(frame, mask)
        if len(window.views) and window.count - waiting > how.ahead:
            yield finished(window, waiting)
            waiting += 1
    while waiting < window.count:
        yield finished(window, waiting)
        waiting += 1


def finished(window: Window, number: int) -> Frame:
    """Frame `number` of the window, made whole."""
    window.forget(number)
    view = next(v for v in window.views if v.number == number)
    if not view.hole.any():
        return view.frame
    made, left = view.frame.astype(np.float32), view.hole.copy()
    near = sorted((v for v in window.views if v is not view), key=lambda v: abs(v.number - number))
    for gain in GAINS:
        for other in near:
            if not left.any():
                break
            if other.shot == view.shot and promise(view, other, left) >= gain:
                left = borrow(view, other, made, left)
    for other in reversed(window.kept):
        if other.shot == view.shot and left.any():
            left = borrow(view, other, made, left)
    invented = float(left.sum()) / float(view.hole.sum())
    if left.any():
        whole = window.how.paint(np.clip(made + 0.5, 0, 255).astype(np.uint8), left)
        made[left] = whole[left]
    done, here = view.frame.copy(), view.frame[view.area]
    mixed = np.clip(here + view.share * (made[view.area] - here) + 0.5, 0, 255).astype(np.uint8)
    done[view.area] = np.where(view.share > 0, mixed, here)
    if invented > SPECK or not window.kept or number - window.kept[-1].number >= EVERY:
        keep(window, replace(view, frame=done, hole=np.zeros_like(view.hole)))
    return done


def keep(window: Window, view: View) -> None:
    """A finished frame as a source of later ones: what was made up, or has left the window, must not change."""
    window.kept.append(view)
    while len(window.kept) > KEPT:
        window.kept.popleft()


def promise(view: View, other: View, left: Hole) -> float:
    """The share of the hole that the other frame shows of what is left, by the motion that is known so far."""
    size = (view.grey.shape[1], view.grey.shape[0])
    wanted = cv2.resize(left.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    there = np.linalg.inv(other.place) @ view.place
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    seen = cv2.warpPerspective(other.seen, there, size, flags=flags, borderValue=0) > 0
    whole = max(1.0, float(view.hole.mean() * seen.size))
    return float((seen & wanted).sum()) / whole


def borrow(view: View, other: View, made: NDArray[np.float32], left: Hole) -> Hole:
    """Put what the other frame shows of `left` into `made` (in place); what is left after that."""
    guess = np.linalg.inv(other.place) @ view.place
    there = between(view.grey, other.grey, (view.seen, other.seen), guess)
    there = enlarged(guess if there is None else there, view)
    rows, columns = surroundings(left, 0.0, MARGIN)
    part, known = seen_there(other, there, (rows, columns))
    wanted, hole = left[rows, columns], view.hole[rows, columns]
    if not (known & wanted).any():
        return left
    here = view.frame[rows, columns]
    part, known = fitted(here, part, hole, known)
    lit, misfit = toned(here, part, known & ~hole)
    if misfit > MISFIT:
        return left
    got = known & wanted
    made[rows, columns][got] = lit[got]
    out = left.copy()
    out[rows, columns][got] = False
    return out


def dreaming(styler: Styler, native: int = 512) -> Painter:
    """A painter that fills a hole from what is around it and dreams over that (engine.pipelines.style.Dreamer)."""

    def paint(frame: Frame, hole: Hole) -> Frame:
        plain, area = filled(frame, hole), surroundings(hole, 0.5, 64)
        part = plain[area]
        scale = min(1.0, native / max(part.shape[:2]))
        size = (max(32, round(part.shape[1] * scale)), max(32, round(part.shape[0] * scale)))
        made = styler(np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8), None)
        large = cv2.resize(made, (part.shape[1], part.shape[0]), interpolation=cv2.INTER_CUBIC)
        out, inside = plain.copy(), hole[area]
        out[area][inside] = np.clip(large + 0.5, 0, 255).astype(np.uint8)[inside]
        return out

    return paint


def enlarged(there: Transform, view: View) -> Transform:
    """A transform between small pictures as one between whole ones; pixels are counted from their centres."""
    kx, ky = (view.grey.shape[i] / view.frame.shape[i] for i in (1, 0))
    down = np.array([[kx, 0, 0.5 * kx - 0.5], [0, ky, 0.5 * ky - 0.5], [0, 0, 1.0]])
    return np.asarray(np.linalg.inv(down) @ there @ down, np.float64)


def seen_there(other: View, there: Transform, area: tuple[slice, slice]) -> tuple[NDArray[np.float32], Hole]:
    """The area of a frame as the other one shows it, and where it does."""
    height, width = other.hole.shape
    y, x = np.mgrid[area].astype(np.float32)
    places = moved(np.stack([x.ravel(), y.ravel()], axis=1), there).reshape(*x.shape, 2)
    inside = (places >= 0).all(2) & (places[..., 0] <= width - 1) & (places[..., 1] <= height - 1)
    if is_still(there, (width, height)):
        return other.frame[area].astype(np.float32), ~other.hole[area]
    low = np.clip(np.floor(places[inside].min(0)) - 4, 0, None).astype(int) if inside.any() else np.zeros(2, int)
    high = np.ceil(places[inside].max(0)).astype(int) + 5 if inside.any() else np.ones(2, int)
    box = slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))
    grid = places - low.astype(np.float32)
    part = cv2.remap(other.frame[box].astype(np.float32), grid, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    hidden = cv2.remap(
        other.hole[box].astype(np.float32), grid, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(part, np.float32), inside & (hidden < 0.01)


def fitted(here: Frame, part: NDArray[np.float32], hole: Hole, known: Hole) -> tuple[NDArray[np.float32], Hole]:
    """The part bent so that it fits `here` around the hole, where that helps: depth and lenses are no homography."""
    rim = known & ~hole
    if min(here.shape[:2]) < 16 or rim.sum() < 256:
        return part, known
    shown = np.clip(part + 0.5, 0, 255).astype(np.uint8)
    a, b = np.where(rim[..., None], here, 0), np.where(rim[..., None], shown, 0)
    same = (hole & known)[..., None]
    forth, back = both(np.where(same, shown, a).astype(np.uint8), np.where(same, shown, b).astype(np.uint8))
    sure = (rim & (mismatch(forth, back) < 1.0)).astype(np.float32)
    if float(np.percentile(np.abs(forth[sure > 0]), 90) if sure.any() else 0.0) < 0.3:
        return part, known
    bend = spread(forth, sure)
    bent = warp(part, bend)
    before, after = (np.abs(x - here)[rim].mean() for x in (part, bent))
    if after > 0.9 * before:
        return part, known
    return bent, known & (warp(known.astype(np.float32), bend) > 0.99)


def toned(here: Frame, part: NDArray[np.float32], rim: Hole) -> tuple[NDArray[np.float32], float]:
    """The part in the light and colour of its surroundings: as a whole by a gain, the rest by what must be added on the
    rim. And how badly it fits them all the same: 0 perfectly, 1 as something else would."""
    if rim.sum() < 16:
        return part, 0.0
    wanted, have = here[rim].astype(np.float32), part[rim]
    gain = np.clip((wanted * have).sum(0) / np.maximum(np.square(have).sum(0), 1.0), 0.5, 2.0)
    lit = np.asarray(part * gain, np.float32)
    lit = lit + spread(np.clip(here - lit, -60, 60), rim.astype(np.float32))
    rest = np.abs(here - lit)[rim].mean()
    return lit, float(rest / (wanted.std(axis=0).mean() + 8.0))


def spread(values: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """values [H, W, C], known where weight [H, W] is not 0, smoothed (over 8 pixels) and continued into all the rest,
    by pull and push (Gortler et al. 1996)."""
    levels, scale = [(values * weight[..., None], weight)], 8
    while max(levels[-1][1].shape) > 1:
        size = tuple(max(1, -(-length // scale)) for length in levels[-1][1].shape[::-1])
        levels.append(tuple(cv2.resize(x, size, interpolation=cv2.INTER_AREA) for x in levels[-1]))
        levels[-1] = (levels[-1][0].reshape(*levels[-1][1].shape, -1), levels[-1][1])
        scale = 2
    total, share = levels.pop()
    out = np.asarray(total / np.maximum(share, 1e-9)[..., None], np.float32)
    for total, share in reversed(levels[1:]):
        have, sure = total / np.maximum(share, 1e-9)[..., None], np.clip(4 * share, 0, 1)[..., None]
        coarse = cv2.resize(out, share.shape[::-1], interpolation=cv2.INTER_LINEAR).reshape(total.shape)
        out = np.asarray(coarse + sure * (have - coarse), np.float32)
    return np.asarray(cv2.resize(out, weight.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def grown(mask: Hole, grow: int, feather: int) -> tuple[Hole, NDArray[np.float32]]:
    """The mask made larger by `grow` + `feather` pixels, and how much of each pixel is replaced [H, W, 1]: all of the
    mask and what it grew by, less and less over the feather."""
    if not mask.any():
        return mask, np.zeros((*mask.shape, 1), np.float32)
    apart = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    share = np.clip((grow + feather + 1 - apart) / (feather + 1), 0.0, 1.0).astype(np.float32)
    return share > 0, share[..., None]


def small(frame: Frame, hole: Hole) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    grey = np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.uint8)
    scale = min(1.0, TRACKED / max(grey.shape))
    size = (round(grey.shape[1] * scale), round(grey.shape[0] * scale))
    seen = np.where(hole, 0, 255).astype(np.uint8)
    if scale < 1.0:
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
        seen = np.where(cv2.resize(seen, size, interpolation=cv2.INTER_AREA) > 254, 255, 0).astype(np.uint8)
    return grey, seen

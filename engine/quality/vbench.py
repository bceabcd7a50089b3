"""The dimensions of VBench that are defined on pixels, for comparison with published tables. Figures, no verdicts.

Formulas of Huang et al. 2024 ("VBench: Comprehensive Benchmark Suite for Video Generative Models", CVPR; section 4
and the code of Vchitect/VBench, Apache-2.0, read and written anew):

vbench_temporal_flickering      (255 - mean absolute difference of frames that follow each other) / 255, over all
                                channels. Exact. VBench takes it of still scenes only, since motion counts as flicker.
vbench_motion_smoothness_dis    (255 - mean absolute difference) / 255 of every second frame against the one that is
                                interpolated from its neighbours. VBench interpolates with AMT-S, a network; here it is
                                the mean of both neighbours moved half-way along DIS flow: the same scale, *not* the
                                same number; lower where AMT would do better. Smooth but physically wrong motion is
                                perfect by it, and so is a still picture.
vbench_dynamic_degree_dis       1 where a video moves, else 0; a table holds the mean over videos. At 8 frames a second,
                                the mean of the largest 5 % of flow magnitudes must be over 6 pixels at 256 (in
                                proportion to the shorter side; more for less than 8 frames a second) in a quarter of
                                the frames. VBench uses RAFT; here it is DIS, which loses motion of more than about a
                                tenth of the picture between two frames. `vbench_motion_px_dis` is that mean magnitude.

Looks hold 512 x 288 pixels at most. The threshold of the dynamic degree scales with the size, so that it means the
same; both differences are taken of a picture made smaller, in which fine noise is averaged away, so that a clip of
1280 x 720 gets slightly higher figures than VBench gives it. Frames of up to that size are taken as they are.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.quality.contracts import PRESET, Clip, Frame, Look
from engine.quality.run import looks, said
from engine.vision import flow

Figures = Generator[None, Look | None, dict[str, float]]
RATE = 8.0
"""frames a second at which motion is looked at"""
FASTEST = 0.05
"""share of the pixels, the fastest, whose motion counts"""
MOVES = 6.0
"""pixels at a shorter side of SIDE"""
SIDE = 256.0
SIXTEENTHS = 4
"""frames in 16 that must move"""


def figures(frames: Iterable[Frame], clip: Clip) -> dict[str, float]:
    """All figures of frames uint8 [h, w, 3]; none of them where there are fewer than two (smoothness: three)."""
    watching = watch(clip)
    next(watching)
    for look in looks(frames, moving=False):
        watching.send(look)
    return said(watching)


def watch(clip: Clip) -> Figures:
    """Sent looks as a check is; returns name -> figure."""
    every = max(1, round(clip.fps / RATE))
    differences: list[float] = []
    missed: list[float] = []
    motions: list[float] = []
    ends: Look | None = None
    inner: Frame | None = None
    sampled: Frame | None = None
    side, count = SIDE, 0
    while (look := (yield)) is not None:
        if look.before is not None:
            differences.append(_difference(look.frame, look.before.frame))
        if look.number % every == 0:
            if sampled is not None:
                there = look.between.there if every == 1 else flow.flow(sampled, look.grey, PRESET)
                motions.append(_fastest(there))
            sampled, side, count = look.grey, float(min(look.grey.shape)), count + 1
        if look.number % 2:
            inner = look.frame
        else:
            if ends is not None and inner is not None:
                missed.append(_difference(inner, _middle(ends.frame, look.frame, ends.grey, look.grey)))
            # a look of its own: the chain forgets what came before
            ends = Look(look.number, look.frame)
    out: dict[str, float] = {}
    if differences:
        out["vbench_temporal_flickering"] = (255.0 - float(np.mean(differences))) / 255.0
    if missed:
        out["vbench_motion_smoothness_dis"] = (255.0 - float(np.mean(missed))) / 255.0
    if motions:
        out["vbench_dynamic_degree_dis"] = float(moves(motions, clip.fps, side, count))
        out["vbench_motion_px_dis"] = float(np.mean(motions))
    return out


def moves(motions: list[float], fps: float, side: float, frames: int) -> bool:
    """Whether as many of the motions (pixels at a shorter side of `side`) as must be are over the threshold.

    frames: how many were looked at; the quarter of them is rounded as Python rounds."""
    threshold = max(1.0, RATE / fps) * MOVES * side / SIDE
    # the count is compared after a frame at the earliest, so that none needed is still a video that moves
    return bool(motions) and sum(motion > threshold for motion in motions) >= round(SIXTEENTHS * frames / 16)


def _difference(a: Frame, b: Frame) -> float:
    return float(np.mean(cv2.mean(cv2.absdiff(a, b))[:3]))


def _fastest(motion: flow.Field) -> float:
    """Mean magnitude, in pixels, of the fastest FASTEST of the pixels."""
    speed = np.asarray(cv2.magnitude(motion[..., 0], motion[..., 1]), np.float32).ravel()
    many = max(1, int(speed.size * FASTEST))
    return float(np.partition(speed, speed.size - many)[-many:].mean())


def _middle(a: Frame, b: Frame, a_grey: Frame, b_grey: Frame) -> Frame:
    """The frame half-way: the mean of both, each moved half of its way."""
    there, back = flow.both(a_grey, b_grey, PRESET)
    half = np.float32(0.5)
    # motion of what is in the middle, from what passes there: one step of the fixed point
    from_a = flow.warp(there, -half * there)
    from_b = flow.warp(back, -half * back)
    motion: NDArray[np.float32] = half * (from_a - from_b)
    return np.asarray(
        cv2.addWeighted(flow.warp(a, -half * motion), 0.5, flow.warp(b, half * motion), 0.5, 0.0), np.uint8
    )

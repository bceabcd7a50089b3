"""Frames with nothing on them: black, nearly black, or one flat grey, white or colour."""

from __future__ import annotations

import cv2
import numpy as np

from engine.quality.contracts import Clip, Look, Verdict, Watch
from engine.quality.marks import THUMB, spans

DARK = 10
"""codes (luma, 0-255) that nothing in a black frame exceeds: below what a projector shows in a dark room"""
FLAT = 5
"""codes between the darkest and the brightest place of a frame with nothing on it, in each colour; coding noise is 2"""
MARGIN = 0.1
"""of width and height left out on each side: a badge or a clock in the corner does not make a black frame a picture"""


def watch(clip: Clip) -> Watch:
    """Every frame shows something: one frame without fails. A dark picture with forms on it is a picture."""
    black: dict[int, float] = {}
    flat: dict[int, float] = {}
    seen = 0
    while (look := (yield)) is not None:
        seen += 1
        peak, spread = _content(look)
        if peak <= DARK:
            black[look.number] = 0.0
        elif spread <= FLAT:
            flat[look.number] = 0.0
    measured = {"black_frames": float(len(black)), "flat_frames": float(len(flat))}
    if not seen:
        return Verdict("black", None, None, reason="no frame")
    bad = len(black) + len(flat)
    return Verdict("black", bad == 0, 1 - bad / seen, spans(black | flat), _told(len(black), len(flat)), measured)


def _content(look: Look) -> tuple[int, int]:
    """Luma of the brightest place, and how far apart places are in the colour in which they differ most (codes)."""
    small = cv2.resize(look.frame, THUMB, interpolation=cv2.INTER_AREA)
    x, y = (round(side * MARGIN) for side in THUMB)
    inner = small[y:-y, x:-x].reshape(-1, 3).astype(np.int16)
    spread = int((inner.max(0) - inner.min(0)).max())
    luma = inner @ np.array([299, 587, 114]) // 1000
    return int(luma.max()), spread


def _told(black: int, flat: int) -> str:
    parts = [f"{n} {word} frame{'s' if n > 1 else ''}" for n, word in ((black, "black"), (flat, "empty")) if n]
    return ", ".join(parts) + ": nothing is on them" if parts else "there is something on every frame"

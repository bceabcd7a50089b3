"""What the checks share: a small picture to compare, frames joined to spans, and a trend told from a swing."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.quality.contracts import Frame, Look, Span

THUMB = (128, 72)
"""width, height of the small picture; its cells average 16 pixels, so that coding noise falls to a quarter"""
Series = NDArray[np.float64]


def thumb(look: Look) -> Frame:
    """Luma [72, 128] uint8, area averaged."""
    small: Frame = cv2.resize(look.grey, THUMB, interpolation=cv2.INTER_AREA)
    return small


def spans(frames: Mapping[int, float], gap: int = 1) -> tuple[Span, ...]:
    """Frame numbers -> scores, joined to spans where they are at most `gap` apart; the worst score of each."""
    joined: list[Span] = []
    for number in sorted(frames):
        if joined and number - joined[-1].last <= gap:
            before = joined.pop()
            joined.append(Span(before.first, number, min(before.score, frames[number])))
        else:
            joined.append(Span(number, number, frames[number]))
    return tuple(joined)


def smooth(values: Series, width: int) -> Series:
    """Running median over `width` frames [N] -> [N]; shorter at both ends."""
    half = width // 2
    padded = np.pad(values, half, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)
    median: Series = np.nanmedian(windows, axis=1)
    return median


def one_way(values: Series) -> float:
    """How much of its way a series [N] goes in one direction: 0 for a swing that comes back, 1 for a steady climb.

    Net change by the length of the way, of the means of eight parts: noise and ripples within a part do not count."""
    parts = np.array([part.mean() for part in np.array_split(values, min(8, len(values)))])
    way = float(np.abs(np.diff(parts)).sum())
    return abs(float(parts[-1] - parts[0])) / way if way > 0 else 0.0

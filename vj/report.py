"""What a show was like, in numbers: kept in histograms, so a night takes no more memory than a minute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

BIN_MS = 0.1
LONGEST_MS = 2000.0


class Histogram:
    """Durations in ms, in bins of 0.1 ms up to 2 s; longer ones count into the last bin, `max` is exact."""

    def __init__(self) -> None:
        self._bins = np.zeros(int(LONGEST_MS / BIN_MS) + 1, np.int64)
        self.count = 0
        self.max = 0.0

    def add(self, ms: float) -> None:
        self._bins[min(len(self._bins) - 1, max(0, int(ms / BIN_MS)))] += 1
        self.count += 1
        self.max = max(self.max, ms)

    def percentile(self, share: float) -> float:
        """The value below which `share` (0-100) per cent lie, to 0.1 ms; 0 when empty."""
        if not self.count:
            return 0.0
        at = int(np.searchsorted(np.cumsum(self._bins), self.count * share / 100.0))
        return round(min((at + 0.5) * BIN_MS, self.max), 2)


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame as it went: when it was on the screen (s), how long drawing took (ms), newest kick it showed."""

    presented: float
    draw_ms: float
    kicks: int
    kick_t: float


class FrameStats:
    """Frame times, late frames, gaps, and how long after a kick its first picture was presented."""

    def __init__(self, fps: float) -> None:
        self.fps = fps
        self.draw, self.gaps, self.kicks = Histogram(), Histogram(), Histogram()
        self.late = 0
        self._first = self._last = 0.0
        self._seen_kicks: int | None = None

    def add(self, frame: Frame) -> None:
        self.draw.add(frame.draw_ms)
        if self.draw.count == 1:
            self._first = frame.presented
        else:
            gap = frame.presented - self._last
            self.gaps.add(gap * 1000.0)
            self.late += gap > 1.5 / self.fps
        self._last = frame.presented
        if self._seen_kicks is not None and frame.kicks > self._seen_kicks:
            delay = (frame.presented - frame.kick_t) * 1000.0
            if 0.0 <= delay < 1000.0:
                self.kicks.add(delay)
        self._seen_kicks = frame.kicks

    @property
    def frames(self) -> int:
        return self.draw.count

    @property
    def measured_fps(self) -> float:
        """Frames per second over the whole show."""
        return (self.frames - 1) / (self._last - self._first) if self.frames > 1 else 0.0

    def stage(self) -> dict[str, Any]:
        """The report's `stage` part. p50 to p99 are times to draw one frame; the gap is between presented frames."""
        return {
            "frames": self.frames,
            "fps": round(self.measured_fps, 2),
            "late": self.late,
            "p50_ms": self.draw.percentile(50),
            "p95_ms": self.draw.percentile(95),
            "p99_ms": self.draw.percentile(99),
            "max_gap_ms": round(self.gaps.max, 1),
        }

    def latency(self) -> dict[str, Any]:
        """From the moment a kick sounded to the first presented picture that knew of it."""
        if not self.kicks.count:
            return {"kick_to_pixels_p50_ms": None, "kick_to_pixels_p95_ms": None, "kicks": 0}
        return {
            "kick_to_pixels_p50_ms": self.kicks.percentile(50),
            "kick_to_pixels_p95_ms": self.kicks.percentile(95),
            "kicks": self.kicks.count,
        }

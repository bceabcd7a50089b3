"""Numbers of a show whose frames are known."""

from __future__ import annotations

import pytest

from vj.report import Frame, FrameStats, Histogram


def test_percentiles_of_known_values() -> None:
    h = Histogram()
    for ms in range(1, 101):
        h.add(float(ms))
    assert h.percentile(50) == pytest.approx(50.0, abs=0.1)
    assert h.percentile(95) == pytest.approx(95.0, abs=0.1)
    assert h.max == 100.0


def test_long_gaps_are_late_and_exact() -> None:
    stats = FrameStats(fps=60.0)
    times = [i / 60 for i in range(60)] + [59 / 60 + 0.120]
    for t in times:
        stats.add(Frame(t, 5.0, 0, -1e9))
    assert stats.late == 1
    assert stats.stage()["max_gap_ms"] == pytest.approx(120.0, abs=0.1)
    assert stats.stage()["frames"] == 61


def test_kick_latency_counts_the_first_picture_after_each_kick() -> None:
    stats = FrameStats(fps=60.0)
    stats.add(Frame(10.0, 5.0, 3, 9.0))  # kicks before the show do not count
    stats.add(Frame(10.030, 5.0, 4, 10.0))
    stats.add(Frame(10.046, 5.0, 4, 10.0))  # the same kick again
    assert stats.latency()["kicks"] == 1
    assert stats.latency()["kick_to_pixels_p50_ms"] == pytest.approx(30.0, abs=0.2)


def test_no_kick_is_told_as_none() -> None:
    assert FrameStats(60.0).latency()["kick_to_pixels_p50_ms"] is None

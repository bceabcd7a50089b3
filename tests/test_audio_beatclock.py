"""The beat clock: extrapolates, never counts back, corrects without jerks, obeys the hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from vj.audio.beatclock import BeatClock
from vj.core.types import BeatAnchor


def anchor(t: float, bpm: float, beat: int) -> BeatAnchor:
    return BeatAnchor(t, bpm, beat, 0.9, 0.9, 0.9, "audio")


def test_extrapolates() -> None:
    clock = BeatClock()
    clock.update(anchor(10.0, 120, 4))
    state = clock.at(11.25)
    assert state.phase == pytest.approx(0.5) and state.bpm == pytest.approx(120)
    assert clock.at(12.0).beats - state.beats == pytest.approx(1.5)
    assert state.source == "audio" and state.bar_phase == pytest.approx(state.beats % 4 / 4)


def test_small_corrections_are_spread_over_a_second() -> None:
    clock = BeatClock()
    clock.update(anchor(0.0, 120, 0))
    before = clock.at(10.0).beats
    clock.update(anchor(10.04, 120, 20))  # the beat is 40 ms later than thought
    assert clock.at(10.0).beats == pytest.approx(before)
    steps = np.diff([clock.at(10 + i / 100).beats for i in range(150)])
    assert steps.min() > 0.015 and steps.max() < 0.025
    assert clock.at(11.5).beats % 1 == pytest.approx((11.5 - 10.04) * 2 % 1)


def test_large_corrections_are_taken_at_once_and_never_count_back() -> None:
    clock = BeatClock()
    clock.update(anchor(0.0, 120, 0))
    assert clock.at(10.02).beat == 20 + clock.at(0).beat
    clock.update(anchor(10.2, 120, 20))
    counts = [clock.at(10.02 + i / 200) for i in range(400)]
    assert all(b.beat >= a.beat for a, b in pairwise(counts))
    assert counts[-1].phase == pytest.approx((10.02 + 399 / 200 - 10.2) * 2 % 1, abs=1e-6)


def test_random_anchors_never_count_back() -> None:
    rng = np.random.default_rng(4)
    clock, last, t = BeatClock(), -1, 0.0
    for _ in range(3000):
        t += float(rng.uniform(0, 0.05))
        if rng.random() < 0.05:
            clock.update(anchor(t - rng.uniform(0, 0.6), rng.uniform(90, 160), int(rng.integers(0, 1000))))
        beat = clock.at(t).beat
        assert beat >= last and (last < 0 or beat - last <= 1)
        last = beat


def test_four_taps_give_120() -> None:
    clock = BeatClock()
    clock.update(anchor(0.0, 97, 0))
    clock.at(5.0)
    for i in range(4):
        clock.tap(5.0 + 0.5 * i)
    state = clock.at(6.5)
    assert state.bpm == pytest.approx(120) and state.source == "tap" and clock.tapped
    assert min(state.phase, 1 - state.phase) < 0.12  # the last of the old line is still being taken back
    clock.update(anchor(7.0, 97, 3))
    assert clock.at(8.5).bpm == pytest.approx(120)
    assert min(clock.at(8.5).phase, 1 - clock.at(8.5).phase) < 1e-6
    clock.release()
    clock.update(anchor(9.0, 97, 5))
    assert clock.at(9.1).bpm == pytest.approx(97)


def test_a_long_pause_starts_a_new_series_of_taps() -> None:
    clock = BeatClock()
    for t in (0.0, 0.5, 5.0, 5.4, 5.8):
        clock.tap(t)
    assert clock.at(6.0).bpm == pytest.approx(150)


def test_nudge_shifts_and_stays() -> None:
    clock = BeatClock()
    clock.update(anchor(0.0, 120, 0))
    clock.at(1.0)
    clock.nudge(20)
    assert clock.at(5.02).phase == pytest.approx(0.0, abs=1e-6)
    clock.update(anchor(5.0, 120, 10))
    clock.at(5.1)
    assert clock.at(8.02).phase == pytest.approx(0.0, abs=1e-6)


def test_half_and_double() -> None:
    clock = BeatClock()
    clock.update(anchor(0.0, 120, 0))
    before = clock.at(4.0)
    clock.half()
    state = clock.at(4.0)
    assert state.bpm == pytest.approx(60) and state.beat >= before.beat and state.phase == pytest.approx(0.0)
    clock.double()
    clock.double()
    assert clock.at(4.0).bpm == pytest.approx(240)
    assert clock.at(5.0).beats - clock.at(4.0).beats == pytest.approx(4.0)


def test_resync_is_beat_one() -> None:
    clock = BeatClock()
    clock.update(anchor(0.0, 120, 0))
    before = clock.at(3.49).beat
    clock.resync(3.49)
    state = clock.at(3.5)
    assert state.beat >= before and state.beat % 16 == 0 and state.bar_phase == pytest.approx(0.0)

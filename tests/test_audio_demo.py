"""The demo track is what it says: in tune with its score, loud enough, never clipped, the same every time."""

from __future__ import annotations

import numpy as np
import pytest

from vj.audio.demo import demo_track


def test_facts() -> None:
    track = demo_track(48000)
    assert track.samples.dtype == np.float32 and track.samples.shape[1] == 2
    assert 85 < len(track.samples) / track.rate < 95
    assert 0.5 < np.abs(track.samples).max() < 1.0
    assert [name for name, _, _ in track.sections] == ["intro", "build", "drop", "breakdown", "drop", "outro"]
    assert track.sections[-1][2] == pytest.approx(len(track.samples) / track.rate, abs=1e-4)
    assert np.allclose(np.diff(track.beats), 60 / 126, atol=1 / 48000)
    assert len(track.kicks) > 100 and len(track.snares) > 80 and len(track.hats) > 200


def test_kicks_are_on_beats_and_sound_at_their_sample() -> None:
    track = demo_track(48000)
    assert set(track.kicks) <= set(track.beats)
    # the very first sound is the first kick: the sample before the loop's start is the end of the track
    first = track.samples[:480].mean(axis=1)
    assert np.abs(first[:48]).max() > 0.05


def test_nothing_kicks_in_the_breakdown() -> None:
    track = demo_track(48000)
    start, stop = next((a, b) for name, a, b in track.sections if name == "breakdown")
    assert not np.any((track.kicks >= start) & (track.kicks < stop - 0.01))


def test_other_rates_and_wrong_rates() -> None:
    low = demo_track(22050)
    assert len(low.samples) / 22050 == pytest.approx(len(demo_track(48000).samples) / 48000, abs=1e-3)
    with pytest.raises(ValueError, match="8000 to 192000"):
        demo_track(100)


def test_same_every_time() -> None:
    first = demo_track.__wrapped__(22050).samples
    assert np.array_equal(first, demo_track(22050).samples)

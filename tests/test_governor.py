"""The governor against machines whose speed is known."""

from __future__ import annotations

from vj.core.governor import LEAST, Governor


def play(governor: Governor, key: tuple[str, ...], full_ms: float, frames: int) -> float:
    """A machine that needs full_ms at full size, and time in proportion to the area."""
    scale = 1.0
    for _ in range(frames):
        scale = governor.scale(key, 1 / 30)
        governor.spent(key, full_ms * scale**2)
    return scale


def test_light_scene_stays_at_full_size() -> None:
    assert play(Governor(30.0), ("a",), 20.0, 100) == 1.0


def test_heavy_scene_is_made_to_fit_at_once() -> None:
    governor = Governor(30.0)
    scale = play(governor, ("a",), 50.0, 3)
    assert 50.0 * scale**2 <= 1000 / 30 * 0.8
    assert scale > 0.65  # no smaller than needed: sqrt(26.7 / 50) = 0.73, a sixteenth below at most


def test_transition_is_known_from_its_two_scenes() -> None:
    governor = Governor(30.0)
    play(governor, ("a",), 25.0, 30)
    play(governor, ("b",), 25.0, 30)
    assert governor.scale(("a", "b"), 1 / 30) <= (26.7 / 50) ** 0.5


def test_it_grows_back_slowly() -> None:
    governor = Governor(30.0)
    play(governor, ("a",), 60.0, 10)
    small = governor.scale(("light",), 1 / 30)
    governor.spent(("light",), 5.0 * small**2)
    assert governor.scale(("light",), 1 / 30) == small
    assert play(governor, ("light",), 5.0, 90) == 1.0


def test_one_slow_frame_changes_little() -> None:
    governor = Governor(30.0)
    play(governor, ("a",), 20.0, 50)
    governor.spent(("a",), 500.0)
    assert governor.scale(("a",), 1 / 30) == 1.0


def test_never_smaller_than_the_least() -> None:
    governor = Governor(60.0)
    assert play(governor, ("a",), 1000.0, 50) == LEAST
    assert governor.least == LEAST

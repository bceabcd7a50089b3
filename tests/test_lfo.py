from itertools import pairwise

import pytest

from vj.control.lfo import SHAPES, noise, value
from vj.setlist.schema import LfoSpec

PERIODIC = ("sine", "triangle", "saw", "ramp", "square")


@pytest.mark.parametrize("shape", PERIODIC)
def test_a_turn_takes_its_beats(shape: str) -> None:
    spec = LfoSpec("x", shape, 3.0)
    for beats in (0.1, 0.7, 1.6, 2.9):
        assert value(spec, beats) == pytest.approx(value(spec, beats + 3.0 * 17))


def test_known_values() -> None:
    at = {shape: [value(LfoSpec("x", shape, 4.0), b) for b in (0.0, 1.0, 2.0, 3.0)] for shape in PERIODIC}
    assert at["sine"] == pytest.approx([0.0, 0.5, 1.0, 0.5])
    assert at["triangle"] == [0.0, 0.5, 1.0, 0.5]
    assert at["ramp"] == [0.0, 0.25, 0.5, 0.75]
    assert at["saw"] == [1.0, 0.75, 0.5, 0.25]
    assert at["square"] == [1.0, 1.0, 0.0, 0.0]


def test_phase_moves_the_turn() -> None:
    assert value(LfoSpec("x", "ramp", 4.0, 0.25), 1.0) == value(LfoSpec("x", "ramp", 4.0), 2.0)


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_always_between_0_and_1_also_before_the_first_beat(shape: str) -> None:
    spec = LfoSpec("x", shape, 1.7)
    assert all(0.0 <= value(spec, n * 0.137, 5) <= 1.0 for n in range(-400, 400))


def test_random_holds_for_a_turn_and_depends_on_seed_and_name() -> None:
    spec = LfoSpec("a", "random", 4.0)
    assert value(spec, 0.1, 3) == value(spec, 3.9, 3) == value(LfoSpec("a", "random", 4.0), 2.0, 3)
    others = {value(spec, 4.1, 3), value(spec, 0.1, 4), value(LfoSpec("b", "random", 4.0), 0.1, 3)}
    assert value(spec, 0.1, 3) not in others
    assert len(others) == 3


def test_smooth_has_no_jumps_and_passes_through_random_points() -> None:
    spec = LfoSpec("a", "smooth", 2.0)
    points = [value(spec, n * 0.01, 9) for n in range(1000)]
    assert max(abs(b - a) for a, b in pairwise(points)) < 0.01
    assert value(spec, 2.0, 9) == value(LfoSpec("a", "random", 2.0), 2.0, 9)


def test_noise_is_even() -> None:
    numbers = [noise(1, n) for n in range(4000)]
    assert sum(numbers) / 4000 == pytest.approx(0.5, abs=0.02)
    assert min(numbers) < 0.01 and max(numbers) > 0.99

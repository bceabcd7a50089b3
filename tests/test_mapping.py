import math
from itertools import pairwise

import pytest

from vj.control.mapping import CURVES, Grip, shape, smooth, take


@pytest.mark.parametrize("name", sorted(set(CURVES) - {"invert", "triangle", "sine"}))
def test_every_rising_curve_goes_from_0_to_1_and_never_falls(name: str) -> None:
    points = [shape(name, n / 200) for n in range(201)]
    assert points[0] == pytest.approx(0.0, abs=1e-12)
    assert points[-1] == pytest.approx(1.0)
    assert all(b >= a - 1e-12 for a, b in pairwise(points))


def test_known_values() -> None:
    assert shape("square", 0.5) == 0.25
    assert shape("sqrt", 0.25) == 0.5
    assert shape("invert", 0.2) == pytest.approx(0.8)
    assert shape("scurve", 0.25) == pytest.approx(0.15625)
    assert shape("triangle", 0.5) == 1.0
    assert shape("exp", 0.5) == pytest.approx((math.exp(2) - 1) / (math.exp(4) - 1))
    assert shape("step", 0.49) == 0.0
    assert [shape("steps4", x) for x in (0.0, 0.3, 0.6, 0.9, 1.0)] == pytest.approx([0, 1 / 3, 2 / 3, 1, 1])


def test_log_is_the_inverse_of_exp() -> None:
    for n in range(11):
        assert shape("log", shape("exp", n / 10)) == pytest.approx(n / 10)


def test_only_linear_lets_numbers_out_of_0_to_1_pass() -> None:
    assert shape("linear", 7.5) == 7.5
    assert all(0.0 <= shape(name, x) <= 1.0 for name in CURVES if name != "linear" for x in (-3.0, 9.0))


def test_after_the_attack_time_63_percent_of_the_way_is_done() -> None:
    assert smooth(0.0, 1.0, 0.2, 0.2, 9.0) == pytest.approx(1 - math.exp(-1))
    assert smooth(1.0, 0.0, 0.5, 9.0, 0.5) == pytest.approx(math.exp(-1))
    assert smooth(0.0, 1.0, 0.001, 0.0, 1.0) == 1.0


def test_smoothing_does_not_depend_on_the_frame_rate() -> None:
    def run(steps: int) -> float:
        y = 0.0
        for _ in range(steps):
            y = smooth(y, 1.0, 0.3 / steps, 0.25, 0.25)
        return y

    assert run(1) == pytest.approx(run(7)) == pytest.approx(run(100))


def _follow(mode: str, start: float, *hands: float) -> list[float]:
    grip, out = Grip(start), []
    for hand in hands:
        grip = take(mode, grip, hand)
        out.append(grip.value)
    return out


def test_jump_follows_at_once() -> None:
    assert _follow("jump", 0.8, 0.1, 0.5) == [0.1, 0.5]


def test_pickup_waits_until_the_fader_crosses_the_value() -> None:
    assert _follow("pickup", 0.5, 0.1, 0.4, 0.7, 0.6) == [0.5, 0.5, 0.7, 0.6]
    assert _follow("pickup", 0.5, 0.9, 0.6, 0.51, 0.2) == [0.5, 0.5, 0.51, 0.2]


def test_scale_arrives_at_the_end_together_with_the_fader() -> None:
    values = _follow("scale", 0.8, 0.2, 0.6, 1.0)
    assert values[0] == 0.8
    assert values[1] == pytest.approx(0.9)  # half of the fader's way up, half of the value's
    assert values[2] == pytest.approx(1.0)
    assert _follow("scale", 0.4, 0.8, 0.4, 0.0) == pytest.approx([0.4, 0.2, 0.0])


def test_scale_never_runs_against_the_hand() -> None:
    values = _follow("scale", 0.3, *[n / 50 for n in range(51)])
    assert all(b >= a for a, b in pairwise(values))
    assert values[-1] == pytest.approx(1.0)

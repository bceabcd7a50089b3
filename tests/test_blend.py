"""Every blend mode against its formula in plain Python, on constant colours."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from gl_help import context

from vj.render.blend import MODES, Blender
from vj.render.gl import Target

B, S = (0.2, 0.6, 0.8), (0.6, 0.4, 0.8)


def luma(c: tuple[float, ...]) -> float:
    return 0.3 * c[0] + 0.59 * c[1] + 0.11 * c[2]


def soft(b: float, s: float) -> float:
    d = ((16 * b - 12) * b + 4) * b if b < 0.25 else b**0.5
    return b - (1 - 2 * s) * b * (1 - b) if s < 0.5 else b + (2 * s - 1) * (d - b)


def hard(b: float, s: float) -> float:
    return 2 * b * s if s < 0.5 else 1 - 2 * (1 - b) * (1 - s)


ANSWERS: dict[str, Callable[[float, float], float]] = {
    "normal": lambda b, s: s,
    "add": lambda b, s: min(b + s, 1),
    "subtract": lambda b, s: max(b - s, 0),
    "multiply": lambda b, s: b * s,
    "screen": lambda b, s: b + s - b * s,
    "overlay": lambda b, s: hard(s, b),
    "lighten": max,
    "darken": min,
    "difference": lambda b, s: abs(b - s),
    "exclusion": lambda b, s: b + s - 2 * b * s,
    "softlight": soft,
    "hardlight": hard,
    "colordodge": lambda b, s: min(b / (1 - s), 1),
    "colorburn": lambda b, s: max(0, 1 - (1 - b) / s),
    "linearburn": lambda b, s: max(b + s - 1, 0),
    "linearlight": lambda b, s: min(max(b + 2 * s - 1, 0), 1),
    "pinlight": lambda b, s: min(b, 2 * s) if s < 0.5 else max(b, 2 * s - 1),
    "hardmix": lambda b, s: float(b + s >= 1),
    "negation": lambda b, s: 1 - abs(1 - b - s),
    "average": lambda b, s: (b + s) / 2,
    "divide": lambda b, s: min(b / s, 1),
    "reflect": lambda b, s: min(b * b / (1 - s), 1),
    "glow": lambda b, s: min(s * s / (1 - b), 1),
    "phoenix": lambda b, s: min(b, s) - max(b, s) + 1,
}
WHOLE = ("hue", "saturation", "color", "luminosity")


def filled(colour: tuple[float, ...], alpha: float = 1.0) -> Target:
    target = Target(context(), (4, 4), "f4")
    target.clear(*colour, alpha)
    return target


def blend(mode: str, opacity: float = 1.0, alpha: float = 1.0, s: tuple[float, ...] = S) -> np.ndarray:  # type: ignore[type-arg]
    out = Target(context(), (4, 4), "f4")
    Blender(context()).draw(out, filled(B), filled(s, alpha), mode, opacity)
    return np.frombuffer(out.fbo.read(components=4, dtype="f4"), np.float32).reshape(4, 4, 4)[0, 0]


def test_every_mode_has_an_answer() -> None:
    assert set(ANSWERS) | set(WHOLE) == set(MODES) and len(MODES) >= 12


@pytest.mark.parametrize("mode", sorted(ANSWERS))
def test_mode(mode: str) -> None:
    if mode == "hardmix":  # 0.2 + 0.8 may be a hair above or below 1 in 32 bits
        assert tuple(blend(mode)[:3]) == (0.0, 1.0, 1.0)
        return
    want = [ANSWERS[mode](b, s) for b, s in zip(B, S, strict=True)]
    assert blend(mode)[:3] == pytest.approx(want, abs=1e-5)


def test_modes_on_whole_colours() -> None:
    assert luma(tuple(blend("luminosity"))) == pytest.approx(luma(S), abs=1e-5)
    for mode in ("hue", "saturation", "color"):
        assert luma(tuple(blend(mode))) == pytest.approx(luma(B), abs=1e-5)
    grey = (0.5, 0.5, 0.5)
    assert blend("color", s=grey)[:3] == pytest.approx([luma(B)] * 3, abs=1e-5)
    assert blend("saturation", s=grey)[:3] == pytest.approx([luma(B)] * 3, abs=1e-5)
    got = blend("hue")
    assert got.argsort()[0] == 1 and max(got[:3]) == got[2]  # green lowest, blue highest, as in S


def test_opacity_and_alpha_mix() -> None:
    half = [b + 0.5 * (s - b) for b, s in zip(B, S, strict=True)]
    assert blend("normal", opacity=0.5)[:3] == pytest.approx(half, abs=1e-5)
    assert blend("normal", alpha=0.5)[:3] == pytest.approx(half, abs=1e-5)
    assert blend("normal", opacity=0.0)[:3] == pytest.approx(B, abs=1e-6)
    assert blend("normal", alpha=0.5)[3] == 1.0

"""Motions for a still picture, as they are written (`zoom(in,1.3)`) and as what a camera sees at each moment."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from engine.errors import EngineError
from engine.vision import camera2d, nearness, parallax
from engine.vision.camera2d import Frame, View


@dataclass(frozen=True, slots=True)
class Kind:
    """How a motion is written: its ways (if any), the name and range of its number, and what both are when not said."""

    ways: tuple[str, ...] = ()
    number: str = ""
    least: float = 0.0
    most: float = 0.0
    usual: float = 0.0

    def example(self, name: str) -> str:
        inner = ",".join([*self.ways[:1], *([f"{self.usual:g}"] if self.number else [])])
        return f"{name}({inner})" if inner else name


KINDS = {
    "zoom": Kind(("in", "out"), "amount", 1.0, 8.0, 1.3),
    "pan": Kind(("left", "right", "up", "down"), "distance in pictures", 0.0, 1.0, 0.2),
    "rotate": Kind((), "degrees, clockwise", -360.0, 360.0, 15.0),
    "parallax": Kind((), "layers", parallax.LEAST, parallax.MOST, 3),
    "natural": Kind(),
}
PARALLAX = 0.06
"""share of the picture's width that the nearest moves against the farthest, each way, at strength 1"""
DOLLY = 0.10
"""how much larger the nearest becomes on the way, at strength 1"""
SHARPEST = 1.4
"""source pixels per pixel at most, where layers are drawn without a pyramid"""


@dataclass(frozen=True, slots=True)
class Motion:
    """kind: a name of KINDS, or "prompt"."""

    kind: str
    way: str = ""
    amount: float = 0.0
    prompt: str = ""

    @property
    def dreams(self) -> bool:
        """Whether it takes the denoiser."""
        return self.kind in ("natural", "prompt")


def motion(text: str) -> Motion:
    """What was written, e.g. `pan(left,0.2)`; any other words are a prompt. Raises EngineError: what was got, what is
    allowed, the nearest name."""
    found = re.fullmatch(r"\s*([a-z0-9_]+)\s*(\((.*)\))?\s*", text, re.IGNORECASE | re.DOTALL)
    name = found[1].lower() if found else ""
    if found and name in KINDS:
        parts = [p.strip() for p in (found[3] or "").split(",")] if (found[3] or "").strip() else []
        return _told(text, name, parts)
    near = difflib.get_close_matches(name, KINDS, n=1, cutoff=0.7) if found else []
    if not text.strip() or (found and (found[2] or near)) or "(" in text:
        hint = f'; did you mean "{KINDS[near[0]].example(near[0])}"?' if near else ""
        raise EngineError(f"motion {text!r}: no such motion", f"{allowed()}, or a prompt in plain words{hint}")
    return Motion("prompt", prompt=text.strip())


def allowed() -> str:
    return ", ".join(kind.example(name) for name, kind in KINDS.items())


def _told(text: str, name: str, parts: list[str]) -> Motion:
    kind = KINDS[name]
    way = kind.ways[0] if kind.ways else ""
    if kind.ways and parts and not _is_number(parts[0]):
        way = parts.pop(0).lower()
        if way not in kind.ways:
            near = difflib.get_close_matches(way, kind.ways, n=1, cutoff=0.5)
            hint = f'; did you mean "{near[0]}"?' if near else ""
            raise EngineError(f"motion {text!r}: no way {way!r}", f"{name} goes {', '.join(kind.ways)}{hint}")
    amount = kind.usual
    if parts and kind.number:
        if not _is_number(parts[0]):
            raise EngineError(f"motion {text!r}: {parts[0]!r} is no number", f"write it as {kind.example(name)}")
        amount = float(parts.pop(0))
        if not kind.least <= amount <= kind.most or (name == "parallax" and amount != int(amount)):
            whole = "a whole number " if name == "parallax" else ""
            raise EngineError(f"motion {text!r}: {kind.number} {amount:g}", f"{whole}{kind.least:g} to {kind.most:g}")
    if parts:
        raise EngineError(f"motion {text!r}: {parts[0]!r} is too much", f"write it as {kind.example(name)}")
    return Motion(name, way, amount)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", text) is not None


def view_at(how: Motion, u: float, size: tuple[int, int], source: tuple[int, int]) -> View:
    """What a picture of `source` (W, H) shows at u (0 begin, 1 end) in a video of `size`; always inside the picture.
    Starts and ends at rest (C1)."""
    e, view = camera2d.eased(u), camera2d.whole(source, size)
    if how.kind == "zoom":
        share = e if how.way == "in" else 1 - e
        return View(view.x, view.y, view.scale * how.amount**-share)
    if how.kind == "pan":
        axis = 0 if how.way in ("left", "right") else 1
        scale = min(view.scale, source[axis] / (size[axis] * (1 + how.amount)))
        at = how.amount * scale * size[axis] * (e - 0.5) * (1 if how.way in ("right", "down") else -1)
        return View(view.x + (at if axis == 0 else 0), view.y + (at if axis == 1 else 0), scale)
    if how.kind == "rotate":
        end = math.radians(how.amount)
        diagonal = math.atan2(size[1], size[0])  # upright or level it needs the most room
        tight = [a for a in (diagonal, math.pi / 2 - diagonal) if a < abs(end)]
        scale = min(camera2d.cover(source, size, a) for a in (0.0, end, *tight))
        return camera2d.held(View(view.x, view.y, scale, -end * e), size, source)
    return view


def frames(picture: Frame, how: Motion, size: tuple[int, int], count: int, strength: float = 0.7) -> Pictures:
    """A motion without dreams, as frames that can be had from any one on."""
    if how.kind == "parallax":
        return Layered.of(picture, size, count, int(how.amount), strength)
    return Flat(camera2d.pyramid(picture), how, size, count)


@dataclass(frozen=True, slots=True)
class Flat:
    levels: tuple[Frame, ...]
    how: Motion
    size: tuple[int, int]
    count: int

    def __call__(self, start: int = 0) -> Iterator[Frame]:
        """uint8 [H, W, 3], from frame `start` on."""
        source = camera2d.size_of(self.levels[0])
        for i in range(start, self.count):
            view = view_at(self.how, i / max(1, self.count - 1), self.size, source)
            yield camera2d.seen(self.levels, view, self.size)


@dataclass(frozen=True, slots=True)
class Layered:
    """The camera swings once around where it stands: the last frame flows into the first."""

    layers: tuple[parallax.Layer, ...]
    size: tuple[int, int]
    count: int
    strength: float

    @classmethod
    def of(cls, picture: Frame, size: tuple[int, int], count: int, layers: int, strength: float) -> Layered:
        source = textured(picture, size)
        return cls(parallax.layers(source, nearness.estimate(picture), layers), size, count, strength)

    def __call__(self, start: int = 0) -> Iterator[Frame]:
        """uint8 [H, W, 3], from frame `start` on."""
        height, width = self.layers[0].rgba.shape[:2]
        widest = camera2d.whole((width, height), self.size)
        most = parallax.Shift(PARALLAX * self.strength * width, 0.0, DOLLY * self.strength)
        view = camera2d.held(widest, self.size, (width, height), parallax.reach(most, widest, self.size))
        for i in range(start, self.count):
            turn = 2 * math.pi * i / self.count
            near = (1 - math.cos(turn)) / 2
            shift = parallax.Shift(most.x * math.sin(turn), -0.3 * most.x * near, most.dolly * near)
            yield parallax.seen(self.layers, view, shift, self.size)


Pictures = Flat | Layered


def textured(picture: Frame, size: tuple[int, int]) -> Frame:
    """The picture, made smaller where a video of `size` would skip pixels of it."""
    scale = camera2d.cover(camera2d.size_of(picture), size) / SHARPEST
    if scale <= 1:
        return np.ascontiguousarray(picture)
    w, h = round(picture.shape[1] / scale), round(picture.shape[0] / scale)
    out: Frame = cv2.resize(picture, (w, h), interpolation=cv2.INTER_AREA)
    return out

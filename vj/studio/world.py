"""The world that the house model learns: endless clips of our own generators, with everything known.

`vj train world --clips 1000` writes shards; several processes with different seeds share the work. Seeds from
HELD_OUT on are never trained on: they are what the model is judged by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.clips import Clip, save_shard
from vj.core.paths import data_dir
from vj.core.types import AudioFeatures, BeatState, Moment, Param
from vj.render import gl, isf
from vj.render.program import IsfProgram
from vj.studio.captions import FAMILIES, PALETTES, caption

NUMBERS = ("scale", "warp", "twist", "density", "light", "detail", "energy")
FOLDS = (0, 1, 2, 3, 4, 5, 6, 8, 10, 12)
MEASURED = ("luma", "contrast", "saturation", "busy", "moving")
HEARD = ("bass", "mid", "high", "kick", "snare", "hat", "beatPhase")
"""inputs of a generator that the sound moves"""
SIZE = (512, 288)
SUPERSAMPLE = 1.5
HELD_OUT = 9000
PER_SHARD = 64
SPEEDS = (0.002, 0.06)
"""turns of the motion per frame, slowest and fastest"""


@dataclass(frozen=True, slots=True)
class Spec:
    """One clip before it is drawn: which generator, its parameters, the turns of its motion in each frame."""

    family: str
    params: dict[str, float]
    phases: tuple[float, ...]
    caption: str
    sway: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """what is added to a parameter in each frame"""
    sound: tuple[tuple[float, ...], ...] = ()
    """what is heard in each frame, in the order of HEARD; empty: silence"""
    speed: float = 0.0
    """turns per frame; 0 where it is a single frame or swings"""

    def at(self, frame: int) -> dict[str, float]:
        heard = dict(zip(HEARD, self.sound[frame], strict=True)) if self.sound else {}
        return {**self.params, **heard, **{name: self.params[name] + by[frame] for name, by in self.sway.items()}}


def attribute_names() -> tuple[str, ...]:
    """What can be said of a clip, in the order of the model's attribute vector."""
    families = tuple(f"family/{name}" for name in FAMILIES)
    palettes = tuple(f"palette/{i}" for i in range(len(PALETTES)))
    folds = tuple(f"fold/{n}" for n in FOLDS)
    rest = ("camx", "camy", "speed", "seed_cos", "seed_sin")
    return (*families, *palettes, "hue_cos", "hue_sin", *NUMBERS, *folds, *rest, *MEASURED)


def attributes(spec: Spec) -> dict[str, float]:
    """Weights 0-1 of family, palette, symmetry; numbers -1 to 1; what a generator does not have is left out."""
    hue, seed = (2 * np.pi * spec.params.get(name, 0.0) for name in ("hue", "seed"))
    known = {f"family/{spec.family}": 1.0, f"palette/{int(spec.params['palette'])}": 1.0}
    known |= {"hue_cos": float(np.cos(hue)), "hue_sin": float(np.sin(hue))}
    known |= {"seed_cos": float(np.cos(seed)), "seed_sin": float(np.sin(seed))}
    known |= {name: 2 * spec.params[name] - 1 for name in NUMBERS if name in spec.params}
    if "symmetry" in spec.params:
        known[f"fold/{int(spec.params['symmetry'])}"] = 1.0
    if spec.speed > 0:
        known["speed"] = 2 * pace(spec.speed) - 1
    return known | {name: spec.params[name] for name in ("camx", "camy") if name in spec.params}


def pace(speed: float) -> float:
    """Turns per frame as a number 0-1 between the slowest and the fastest of SPEEDS, on a scale of ratios."""
    low, high = np.log(SPEEDS)
    return float(np.clip((np.log(speed) - low) / (high - low), 0.0, 1.0))


def measured(frames: NDArray[np.uint8]) -> dict[str, float]:
    """What the drawn pictures say of themselves, about -1 to 1 over the world. `moving` needs two frames."""
    x = frames.astype(np.float32) / 255.0
    luma = x @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    spread = x.max(-1) - x.min(-1)
    height = frames.shape[1]  # slopes per picture height: the same at any size
    busy = float(np.abs(np.diff(luma, axis=1)).mean() + np.abs(np.diff(luma, axis=2)).mean()) * height / 10.0
    found = {"luma": 4 * float(luma.mean()) - 1, "contrast": 7 * float(luma.std()) - 1.2}
    found |= {"saturation": 4 * float(spread.mean()) - 1, "busy": busy - 1}
    if len(frames) > 1:
        found["moving"] = 12 * float(np.abs(np.diff(x, axis=0)).mean()) - 1
    return {name: float(np.clip(value, -1.5, 1.5)) for name, value in found.items()}


def draw_number(rng: np.random.Generator, default: float) -> float:
    """Mostly anything, now and then an extreme or what its author thought good."""
    kind = rng.random()
    if kind < 0.12:
        return float(rng.choice((0.02, 0.98)))
    return float(np.clip(default, 0.0, 1.0)) if kind < 0.24 else float(rng.uniform(0.03, 0.97))


def draw_sound(rng: np.random.Generator, frames: int) -> tuple[tuple[float, ...], ...]:
    """A beat as the stage would hear it, seen at some frame rate: envelopes 0-1 in the order of HEARD."""
    bpm, fps, start = rng.uniform(85, 176), rng.uniform(10, 30), rng.uniform(0, 4)
    levels, swell = rng.uniform(0.1, 1.0, 3), rng.uniform(0, 1, 3)
    hits, fall = rng.random(3) * (rng.random(3) < 0.8), rng.uniform(2.5, 7.0)
    rows = []
    for i in range(frames):
        beat = start + i / fps * bpm / 60.0
        kick, snare, hat = beat % 1.0, (beat - 1.0) % 2.0, (beat - 0.5) % 1.0
        bands = levels * (0.6 + 0.4 * np.sin(2 * np.pi * (swell + beat / 4)))
        drums = hits * np.exp(-fall * np.array([kick, snare, hat]))
        rows.append((*(float(v) for v in np.clip([*bands, *drums], 0, 1)), float(beat % 1.0)))
    return tuple(rows)


def draw_spec(family: str, inputs: tuple[Param, ...], rng: np.random.Generator, frames: int, closed: bool) -> Spec:
    """A random clip of a family. closed: `frames` steps are one whole turn of the motion, in silence."""
    params: dict[str, float] = {}
    for param in inputs:
        if param.name in NUMBERS:
            params[param.name] = draw_number(rng, float(param.default))  # type: ignore[arg-type]
        elif param.name in ("camx", "camy"):
            params[param.name] = float(np.clip(rng.normal(0, 0.4), -1, 1)) if rng.random() < 0.6 else 0.0
        elif param.name == "palette":
            params["palette"] = float(rng.integers(len(PALETTES)))
        elif param.name == "symmetry":
            params["symmetry"] = float(rng.choice(param.values or (0,)))
        elif param.name == "hue":
            params["hue"] = float(rng.random()) if rng.random() < 0.3 else 0.0
        elif param.name == "seed":
            params["seed"] = float(rng.random())
    step = 1.0 / frames if closed else float(np.exp(rng.uniform(*np.log(SPEEDS))))
    start = 0.0 if closed else float(rng.random())
    phases = tuple((start + i * step) % 1.0 for i in range(frames))
    flies = frames > 1 and not closed
    words = caption(family, {**params, **({"speed": pace(step)} if flies else {})}, rng)
    sound = draw_sound(rng, frames) if not closed and rng.random() < 0.4 else ()
    return Spec(family, params, phases, words, sound=sound, speed=step if flies else 0.0)


def relative(spec: Spec, inputs: tuple[Param, ...], rng: np.random.Generator) -> tuple[Spec, float]:
    """A clip to go by when `spec` is drawn, and how close it is: the same forms in other colours and another light (1),
    with a knob or two turned besides (0.6), or another clip of the family (0.25)."""
    other = draw_spec(spec.family, inputs, rng, len(spec.phases), False)
    kind = rng.random()
    if kind < 0.2:
        return replace(other, sound=spec.sound), 0.25
    changed: list[str] = ["palette", "hue"] if rng.random() < 0.8 else []
    changed += ["light"] if rng.random() < 0.3 else []
    if kind < 0.45:
        knobs = [n for n in (*NUMBERS, "symmetry", "camx", "camy") if n in spec.params and n != "light"]
        changed += [str(name) for name in rng.permutation(knobs)[: 1 + int(rng.random() < 0.4)]]
    params = spec.params | {name: other.params[name] for name in changed if name in spec.params}
    return replace(spec, params=params), 1.0 if kind >= 0.45 else 0.6


class World:
    """Draws specs with an OpenGL context of its own. `size` is width, height in pixels."""

    def __init__(self, size: tuple[int, int] = SIZE, supersample: float = SUPERSAMPLE) -> None:
        self.size = size
        self.drawn = (round(size[0] * supersample), round(size[1] * supersample))
        self._ctx = gl.open_context()
        self._target = gl.Target(self._ctx, self.drawn)
        self._programs: dict[str, IsfProgram] = {}
        self._depths: dict[str, IsfProgram | None] = {}

    def families(self) -> list[str]:
        """Generators of the shaders folder that the grammar knows."""
        return [name for name in FAMILIES if (data_dir("shaders") / "generators" / f"{name}.fs").is_file()]

    def inputs(self, family: str) -> tuple[Param, ...]:
        return tuple(self._program(family).params)

    def draw(self, spec: Spec) -> Clip:
        program = self._program(spec.family)
        frames = np.stack([self._frame(program, spec.at(i), phase) for i, phase in enumerate(spec.phases)])
        known = attributes(spec) | measured(frames)
        audio = None
        if spec.sound:
            heard = np.array(spec.sound, np.float32)
            turn = 2 * np.pi * heard[:, 6:]
            audio = np.concatenate([heard[:, :6], np.cos(turn), np.sin(turn)], 1)
        return Clip(frames, spec.phases, spec.caption, known, palette_of(frames), audio, self.depth(spec))

    def pair(self, seed: int, index: int, frames: int = 1) -> Clip:
        """Clip `index` of world `seed` together with a relative of it, to be gone by."""
        spec = self.spec(seed, index, frames)
        like, closeness = relative(spec, self.inputs(spec.family), np.random.default_rng((seed, index, 1)))
        program = self._program(like.family)
        other = np.stack([self._frame(program, like.at(i), phase) for i, phase in enumerate(like.phases)])
        return replace(self.draw(spec), reference=other, closeness=closeness)

    def depth(self, spec: Spec) -> NDArray[np.uint8] | None:
        """Nearness 0-255 [T, H / 16, W / 16]; None for a family that is flat."""
        near = self._near(spec.family)
        if near is None or self.size[0] % 16 or self.size[1] % 16:
            return None
        frames = np.stack([self._frame(near, spec.at(i), phase) for i, phase in enumerate(spec.phases)])
        t, h, w = frames.shape[:3]
        cells: NDArray[np.uint8] = frames[..., 0].reshape(t, h // 16, 16, w // 16, 16).mean((2, 4)).astype(np.uint8)
        return cells

    def spec(self, seed: int, index: int, frames: int = 4, closed: bool = False, family: str = "") -> Spec:
        """Clip `index` of world `seed`: the same for ever, unless generators come or go."""
        rng = np.random.default_rng((seed, index))
        names = self.families()
        chosen = family or names[int(rng.integers(len(names)))]
        return draw_spec(chosen, self.inputs(chosen), rng, frames, closed)

    def clips(self, seed: int, start: int = 0, frames: int = 4) -> Iterator[Clip]:
        """Clips without an end, none twice."""
        index = start
        while True:
            yield self.draw(self.spec(seed, index, frames))
            index += 1

    def _program(self, family: str) -> IsfProgram:
        if family not in self._programs:
            path = data_dir("shaders") / "generators" / f"{family}.fs"
            self._programs[family] = IsfProgram(self._ctx, isf.load(path))
        return self._programs[family]

    def _near(self, family: str) -> IsfProgram | None:
        """The generator compiled to say how near things are."""
        if family not in self._depths:
            path = data_dir("shaders") / "generators" / f"{family}.fs"
            near = "finishNear" in path.read_text()
            file = isf.load(path)
            file = replace(file, fragment=f"#define WORLD_DEPTH\n{file.fragment}")
            self._depths[family] = IsfProgram(self._ctx, file) if near else None
        return self._depths[family]

    def _frame(self, program: IsfProgram, params: Mapping[str, float], phase: float) -> NDArray[np.uint8]:
        now = Moment(0.0, 0.0, 0, self.drawn, AudioFeatures(), BeatState())
        program.draw(self._target, now, {**params, "motion": phase, "rate": 0.0})
        big = Image.fromarray(self._target.pixels())
        return np.asarray(big if self.drawn == self.size else big.resize(self.size, Image.Resampling.BOX))


def palette_of(frames: NDArray[np.uint8], count: int = 5) -> tuple[str, ...]:
    """The main colours of a clip as #rrggbb, most frequent first."""
    small = Image.fromarray(frames[0]).resize((64, 36), Image.Resampling.BOX)
    cut = small.quantize(count, Image.Quantize.MEDIANCUT)
    table = np.array(cut.getpalette(), np.uint8).reshape(-1, 3)
    ranked = sorted(cut.getcolors() or [], reverse=True)
    return tuple("#{:02x}{:02x}{:02x}".format(*table[int(index)]) for _, index in ranked)  # type: ignore[call-overload]


def write_shards(
    folder: Path, world: World, seed: int, clips: int, frames: int = 4, drawn: Callable[[int], None] = lambda n: None
) -> None:
    """Draw `clips` clips into shards named after seed and number; a shard that is there already is not drawn again.
    `drawn` is called with the number of clips that are there after each shard."""
    folder.mkdir(parents=True, exist_ok=True)
    for start in range(0, clips, PER_SHARD):
        path = folder / f"{seed:04d}-{start:07d}"
        if not path.with_suffix(".json").exists():
            save_shard(path, [world.draw(world.spec(seed, i, frames)) for i in range(start, start + PER_SHARD)])
        drawn(min(clips, start + PER_SHARD))

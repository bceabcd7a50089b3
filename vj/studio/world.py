"""The world that the house model learns: endless clips of our own generators, with everything known.

`python -m vj.studio.world FOLDER --clips 1000` writes shards; several processes with different seeds share the work.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
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
SIZE = (384, 224)
SUPERSAMPLE = 1.5


@dataclass(frozen=True, slots=True)
class Spec:
    """One clip before it is drawn: which generator, its parameters, the turns of its motion in each frame."""

    family: str
    params: dict[str, float]
    phases: tuple[float, ...]
    caption: str
    sway: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """what is added to a parameter in each frame"""

    def at(self, frame: int) -> dict[str, float]:
        return {**self.params, **{name: self.params[name] + by[frame] for name, by in self.sway.items()}}


def attribute_names() -> tuple[str, ...]:
    """What can be said of a clip, in the order of the model's attribute vector."""
    families = tuple(f"family/{name}" for name in FAMILIES)
    palettes = tuple(f"palette/{i}" for i in range(len(PALETTES)))
    return (*families, *palettes, "hue_cos", "hue_sin", *NUMBERS, "symmetry", "camx", "camy")


def attributes(spec: Spec) -> dict[str, float]:
    """Weights 0-1 of family and palette; numbers -1 to 1; what a generator does not have is left out (0)."""
    turn = 2 * np.pi * spec.params.get("hue", 0.0)
    known = {f"family/{spec.family}": 1.0, f"palette/{int(spec.params['palette'])}": 1.0}
    known |= {"hue_cos": float(np.cos(turn)), "hue_sin": float(np.sin(turn))}
    known |= {name: 2 * spec.params[name] - 1 for name in NUMBERS if name in spec.params}
    known["symmetry"] = spec.params.get("symmetry", 0.0) / 12.0
    return known | {name: spec.params[name] for name in ("camx", "camy") if name in spec.params}


def draw_spec(family: str, inputs: tuple[Param, ...], rng: np.random.Generator, frames: int, closed: bool) -> Spec:
    """A random clip of a family. closed: `frames` steps are one whole turn of the motion, else a short stretch."""
    params: dict[str, float] = {}
    for param in inputs:
        if param.name in NUMBERS:
            params[param.name] = float(rng.uniform(0.05, 0.95))
        elif param.name in ("camx", "camy"):
            params[param.name] = float(rng.normal(0, 0.35)) if rng.random() < 0.6 else 0.0
        elif param.name == "palette":
            params["palette"] = float(rng.integers(len(PALETTES)))
        elif param.name == "symmetry":
            params["symmetry"] = float(rng.choice(param.values or (0,)))
        elif param.name == "hue":
            params["hue"] = float(rng.random()) if rng.random() < 0.3 else 0.0
        elif param.name == "seed":
            params["seed"] = float(rng.random())
    step = 1.0 / frames if closed else float(np.exp(rng.uniform(np.log(0.002), np.log(0.06))))
    start = 0.0 if closed else float(rng.random())
    phases = tuple((start + i * step) % 1.0 for i in range(frames))
    return Spec(family, params, phases, caption(family, params, rng))


class World:
    """Draws specs with an OpenGL context of its own. `size` is width, height in pixels."""

    def __init__(self, size: tuple[int, int] = SIZE, supersample: float = SUPERSAMPLE) -> None:
        self.size = size
        self.drawn = (round(size[0] * supersample), round(size[1] * supersample))
        self._ctx = gl.open_context()
        self._target = gl.Target(self._ctx, self.drawn)
        self._programs: dict[str, IsfProgram] = {}

    def families(self) -> list[str]:
        """Generators of the shaders folder that the grammar knows."""
        return [name for name in FAMILIES if (data_dir("shaders") / "generators" / f"{name}.fs").is_file()]

    def inputs(self, family: str) -> tuple[Param, ...]:
        return tuple(self._program(family).params)

    def draw(self, spec: Spec) -> Clip:
        program = self._program(spec.family)
        frames = np.stack([self._frame(program, spec.at(i), phase) for i, phase in enumerate(spec.phases)])
        return Clip(frames, spec.phases, spec.caption, attributes(spec), palette_of(frames))

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


def write_shards(folder: Path, world: World, seed: int, clips: int, frames: int = 4, per_shard: int = 64) -> None:
    """Draw `clips` clips into shards named after seed and number; a shard that is there already is not drawn again."""
    folder.mkdir(parents=True, exist_ok=True)
    for start in range(0, clips, per_shard):
        path = folder / f"{seed:04d}-{start:07d}"
        if not path.with_suffix(".json").exists():
            save_shard(path, [world.draw(world.spec(seed, i, frames)) for i in range(start, start + per_shard)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clips", type=int, default=1024)
    parser.add_argument("--frames", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1, help="of the software renderer")
    args = parser.parse_args()
    os.environ.setdefault("LP_NUM_THREADS", str(args.threads))
    write_shards(args.folder, World(), args.seed, args.clips, args.frames)


if __name__ == "__main__":
    main()

"""The pools of a setlist, from words, from our own generators, from images and videos: the job of `vj prerender`.

Every entry is kept as soon as it is made, so a job that was cut goes on where it was.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from vj.core.errors import MediaError, VjError
from vj.core.paths import ROOT, cache_dir, data_dir
from vj.setlist.schema import PoolSpec, Setlist
from vj.studio.captions import FAMILIES
from vj.studio.prerender import SMALL, Made, closed, encoded, finish
from vj.studio.world import World, palette_of

if TYPE_CHECKING:
    from engine.model.house import House
    from engine.pools.memory import Memory

Frames = NDArray[np.uint8]
ASSETS = ROOT / "engine" / "assets"
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
VIDEOS = (".mp4", ".mov", ".mkv", ".webm", ".avi")
ZOOM = 0.12
"""how far a still picture is gone into and back"""
STEPS, GUIDANCE = 1, 2.5


@dataclass(frozen=True, slots=True)
class Source:
    """Where an entry comes from: `kind` is text, world or media, `what` the prompt, the family or the file."""

    kind: str
    what: str
    number: int


def wanted(setlist: Setlist) -> list[PoolSpec]:
    """The pools that the setlist describes, and those that its scenes name and nobody made yet."""
    named: dict[str, list[str]] = {}
    for scene in setlist.scenes:
        pools = [layer.source[7:] for layer in scene.layers if layer.source.startswith("neural:")]
        for pool in {name or scene.engine.pool for name in pools}:
            named.setdefault(pool, []).extend(text for text, weight in scene.engine.prompts if weight > 0)
    described = {spec.name: spec for spec in setlist.pools}
    specs = []
    for name in {**described, **named}:
        spec = described.get(name)
        if spec is None and (name == "house" or (data_dir("latent_pools") / name / "pool.toml").is_file()):
            continue
        spec = spec or PoolSpec(name)
        if not (spec.prompts or spec.families or spec.media):
            prompts = tuple(dict.fromkeys(named.get(name, ())))
            spec = replace(spec, prompts=prompts, families=() if prompts else tuple(FAMILIES))
        specs.append(spec)
    return specs


def sources(spec: PoolSpec, base: Path) -> list[Source]:
    """`count` sources, shared out evenly. Raises VjError when a folder holds nothing that can be read."""
    files = [path for text in spec.media for path in media_files(base / text)]
    all_ = [("text", text) for text in spec.prompts] + [("world", name) for name in spec.families]
    all_ += [("media", str(path)) for path in files]
    return [Source(*all_[i % len(all_)], i // len(all_)) for i in range(spec.count)]


def media_files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(p for p in path.rglob("*") if p.suffix.lower() in (*PICTURES, *VIDEOS))
    if not found:
        raise VjError(f"{path}: no images or videos in it", f"there may be {', '.join((*PICTURES, *VIDEOS))}")
    return found


def make(setlist: Setlist, spec: PoolSpec, done: Callable[[int], None]) -> Path:
    """Make one pool; `done` is told how many entries are there. Returns its folder. Raises VjError."""
    import torch
    from safetensors.torch import save_file

    from engine.errors import EngineError
    from engine.model.house import load_house
    from engine.runtimes.runtime import best_dtype

    os.environ.setdefault("LP_NUM_THREADS", str(os.cpu_count() or 1))
    torch.set_num_threads(os.cpu_count() or 1)
    try:
        house = load_house(ASSETS, best_dtype())
        about = json.dumps({**asdict(spec), "model": dict(house.sha), "media": _stamps(spec, setlist.path.parent)})
        kept = cache_dir() / "prerender" / f"{spec.name}-{hashlib.sha256(about.encode()).hexdigest()[:12]}"
        kept.mkdir(parents=True, exist_ok=True)
        maker = Maker(spec, house)
        for i, source in enumerate(sources(spec, setlist.path.parent)):
            path = kept / f"{i:04d}.safetensors"
            if not path.is_file():
                made = maker.make(source)
                tensors = {name: getattr(made, name).contiguous() for name in Made.TENSORS}
                said = {
                    "caption": made.caption,
                    "palette": list(made.palette),
                    "source": made.source,
                    "name": made.name,
                }
                save_file(tensors, path.with_suffix(".part"), metadata={"entry": json.dumps(said)})
                path.with_suffix(".part").replace(path)
            done(i + 1)
        folder = data_dir("latent_pools") / spec.name
        finish(folder, spec.name, [_load(path) for path in sorted(kept.glob("*.safetensors"))], house, spec.size)
    except EngineError as error:
        raise VjError(str(error)) from None
    return folder


class Maker:
    """Entries of one pool, whatever they are made from."""

    def __init__(self, spec: PoolSpec, house: House) -> None:
        self.spec, self.house = spec, house
        self._worlds: tuple[World, World] | None = None
        self._memory: Memory | None = None

    def make(self, source: Source) -> Made:
        return {"text": self.dreamed, "world": self.drawn, "media": self.taken}[source.kind](source)

    def dreamed(self, source: Source) -> Made:
        """A loop from words, going by a loop of the memory; the noise stands still, so it closes as that does."""
        import torch

        from engine.model.prompt import heard
        from engine.pipelines import text2video
        from engine.pipelines.text2video import Job, pictures
        from vj.studio.memory import memory_of

        self._memory = self._memory or memory_of(self.house, "house")
        n, seed = self.spec.frames, self.spec.seed * 1009 + source.number
        prompts = ((source.what, 1.0),)
        told, found = heard(self.house, prompts), self._memory.recall(prompts, seed=seed)
        job = Job(source.what, frames=n, size=self.spec.size, steps=STEPS, guidance=GUIDANCE, seed=seed, turns=1.0)
        latents = torch.stack(list(text2video.latents(job, self.house, self._memory)))
        phases = self._memory.phases(found, torch.arange(n) / n)
        palette = palette_of(pictures([latents[0]], self.house, self.spec.size))
        count = len(self.house.names)
        values, known = told.attributes[:count], told.attributes_known[:count]
        return Made(_name(source), source.what, palette, "text", latents, values, known, phases)

    def drawn(self, source: Source) -> Made:
        """A loop of our own generators, encoded."""
        from engine.pipelines.text2video import cells

        h, w = cells(self.spec.size)  # a little more than the picture, which is cut out of the middle
        small, world = self._worlds or (World(SMALL, 1.0), World((16 * w, 16 * h)))
        self._worlds = (small, world)
        seed = 100_000 + self.spec.seed
        spec = small.spec(seed, hash_of(source), 1, True, source.what)
        spec = replace(spec, phases=(float(spec.params.get("seed", 0.0) * 7.31 % 1.0),))
        clip = world.draw(closed(small, spec, self.spec.frames))
        return replace(encoded(clip, self.house), name=_name(source))

    def taken(self, source: Source) -> Made:
        """A loop of an image (gone into and back) or of a part of a video (there and back), encoded."""
        import torch

        from engine.pipelines.restyle import to_input

        path = Path(source.what)
        frames = taken_frames(path, self.spec, source.number)
        with torch.inference_mode():
            x = torch.cat([to_input(frame, self.spec.size) for frame in frames]).to(self.house.dtype)
            latents = torch.cat([self.house.autoencoder.encode(x[i : i + 4]).float() for i in range(0, len(x), 4)])
        nothing = torch.zeros(len(self.house.names))
        phases = torch.arange(len(frames)).float() / len(frames)
        return Made(_name(source), path.stem, palette_of(frames), path.name, latents, nothing, nothing.clone(), phases)


def taken_frames(path: Path, spec: PoolSpec, number: int) -> Frames:
    """uint8 [frames, H, W, 3] filling `size`, a closed loop. Raises MediaError for a file that cannot be read."""
    if path.suffix.lower() in VIDEOS:
        return np.stack(list(_there_and_back(path, spec, number)))
    try:
        with Image.open(path) as picture:
            whole = ImageOps.exif_transpose(picture).convert("RGB")
    except OSError as error:
        raise MediaError(f"{path}: not a picture that can be read: {error}") from None
    rng = np.random.default_rng((spec.seed, number))
    aim = rng.uniform(0.35, 0.65, 2)
    zooms = [1 - ZOOM * (0.5 - 0.5 * np.cos(2 * np.pi * i / spec.frames)) for i in range(spec.frames)]
    return np.stack([_filled(whole, spec.size, zoom, (float(aim[0]), float(aim[1]))) for zoom in zooms])


def _filled(picture: Image.Image, size: tuple[int, int], zoom: float, aim: tuple[float, float]) -> Frames:
    """The largest part of the shape of `size`, times zoom, about the point `aim` (0-1)."""
    scale = min(picture.width / size[0], picture.height / size[1]) * zoom
    w, h = size[0] * scale, size[1] * scale
    x, y = (picture.width - w) * aim[0], (picture.height - h) * aim[1]
    return np.asarray(picture.resize(size, Image.Resampling.LANCZOS, box=(x, y, x + w, y + h)))


def _there_and_back(path: Path, spec: PoolSpec, number: int) -> Iterator[Frames]:
    """Frames of a second or so from somewhere in the video, forwards and then backwards."""
    half = spec.frames // 2 + 1
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            length = float((container.duration or 0) / 1e6)
            start = float(np.random.default_rng((spec.seed, number)).uniform(0, max(0.0, length - 2.0)))
            container.seek(int(start * 1e6))
            got: list[Frames] = []
            for count, frame in enumerate(container.decode(stream)):
                if count % 3 == 0:
                    got.append(_filled(frame.to_image(), spec.size, 1.0, (0.5, 0.5)))
                if len(got) == half:
                    break
    except (av.FFmpegError, IndexError, OSError) as error:
        raise MediaError(f"{path}: not a video that can be read: {error}") from None
    if not got:
        raise MediaError(f"{path}: no picture in it")
    for i in range(spec.frames):
        at = i if i < half else spec.frames - i
        yield got[min(at, len(got) - 1)]


def hash_of(source: Source) -> int:
    """A number for a source that stays the same: which clip of the world it is."""
    return int.from_bytes(hashlib.sha256(f"{source.what} {source.number}".encode()).digest()[:3])


def _name(source: Source) -> str:
    stem = Path(source.what).stem if source.kind == "media" else source.what
    words = "-".join("".join(c if c.isalnum() else " " for c in stem.lower()).split())[:48]
    return words if source.number == 0 else f"{words}-{source.number + 1}"


def _stamps(spec: PoolSpec, base: Path) -> list[tuple[str, float]]:
    """Files and when they were last written: a changed file is made again."""
    return [(str(path), path.stat().st_mtime) for text in spec.media for path in media_files(base / text)]


def _load(path: Path) -> Made:
    from safetensors import safe_open

    with safe_open(path, framework="pt") as f:
        said = json.loads(f.metadata()["entry"])
        tensors = {name: f.get_tensor(name) for name in Made.TENSORS}
    return Made(said["name"], said["caption"], tuple(said["palette"]), said["source"], **tensors)

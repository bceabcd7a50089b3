"""Entries of latent pools, each made on its own: dreamed from words, drawn by our own generators, taken from media.

An entry is one file: int8 latents with their own scale, everything known of it, and the pictures that it decodes to.
The same task on the same weights, code and arithmetic gives the same bytes, wherever it is made.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from vj.core.errors import MediaError
from vj.studio import entrygate
from vj.studio.entrykeys import Kit, Task, dtype_on, hash_of
from vj.studio.entrystore import unpacked
from vj.studio.prerender import SMALL, Made, closed, encoded
from vj.studio.world import World, palette_of

if TYPE_CHECKING:
    from torch import Tensor

    from engine.model.house import House
    from engine.pools.memory import Memory

Frames = NDArray[np.uint8]
VIDEOS = (".mp4", ".mov", ".mkv", ".webm", ".avi")
ZOOM = 0.12
"""how far a still picture is gone into and back"""


class Maker:
    """Makes entries, one at a time, on one thread of the processor (more would round differently) or on the GPU."""

    def __init__(self, kit: Kit) -> None:
        """Raises EngineError where the weights cannot be used."""
        import torch

        from engine.model.house import load_house
        from engine.runtimes.device import best_device
        from engine.runtimes.far import far

        torch.set_num_threads(1)
        device = best_device()
        self.kit = kit
        self.house: House = far(load_house(kit.weights, dtype_on(device)), device)
        self._worlds: dict[tuple[int, int], tuple[World, World]] = {}
        self._memory: Memory | None = None

    def make(self, task: Task, frames: Frames | None = None) -> bytes:
        """The entry as the bytes of its file. `frames`: of media that only the caller can read. Raises VjError."""
        if task.kind == "media":
            return packed(self.taken(task, taken_frames(task) if frames is None else frames), self.house, task.size)
        make = {"text": self.dreamed, "world": self.drawn}[task.kind]
        best, least = b"", -1.0
        for tries in range(task.retries + 1):
            made = make(replace(task, seed=task.seed + tries * entrygate.NEXT))
            whole = packed(made, self.house, task.size, tries + 1)
            faults = entrygate.faults_of(unpacked(whole), task.kind) if task.retries else ()
            if (score := entrygate.worst(faults)) > least:
                best, least = whole, score
            if not faults:
                break
        return best

    def dreamed(self, task: Task) -> Made:
        """A loop from words, going by a loop of the memory; the noise stands still, so it closes as that does."""
        import torch

        from engine.model.prompt import heard
        from engine.pipelines import text2video
        from engine.pipelines.text2video import Job
        from vj.studio.memory import memory_at

        self._memory = self._memory or memory_at(self.house, self.kit.remembered)
        seed = task.seed * 1009 + task.number
        prompts = ((task.what, 1.0),)
        told, found = heard(self.house, prompts), self._memory.recall(prompts, seed=seed)
        how = {"steps": task.steps, "guidance": task.guidance, "seed": seed}
        job = Job(task.what, frames=task.frames, size=task.size, turns=1.0, **how)  # type: ignore[arg-type]
        latents = torch.stack(list(text2video.latents(job, self.house, self._memory)))
        phases = self._memory.phases(found, torch.arange(task.frames) / task.frames)
        count = len(self.house.names)
        values, known = told.attributes[:count], told.attributes_known[:count]
        return Made("", task.what, (), "text", latents, values, known, phases)

    def drawn(self, task: Task) -> Made:
        """A loop of our own generators, encoded."""
        from engine.pipelines.text2video import cells

        h, w = cells(task.size)  # a little more than the picture, which is cut out of the middle
        if (h, w) not in self._worlds:
            self._worlds[h, w] = World(SMALL, 1.0), World((16 * w, 16 * h))
        small, world = self._worlds[h, w]
        spec = small.spec(100_000 + task.seed, hash_of(task.source), 1, True, task.what)
        spec = replace(spec, phases=(float(spec.params.get("seed", 0.0) * 7.31 % 1.0),))
        return encoded(world.draw(closed(small, spec, task.frames)), self.house)

    def taken(self, task: Task, frames: Frames) -> Made:
        """A loop of an image (gone into and back) or of a part of a video (there and back), encoded."""
        import torch

        latents = encode(self.house, frames, task.size)
        nothing = torch.zeros(len(self.house.names))
        phases = torch.arange(len(frames)).float() / len(frames)
        caption = Path(task.what).stem
        return Made("", caption, (), Path(task.what).name, latents, nothing, nothing, phases)


def encode(house: House, frames: Frames, size: tuple[int, int]) -> Tensor:
    """uint8 [T, H, W, 3] -> latents float [T, C, h, w] of pictures of `size`."""
    import torch

    from engine.pipelines.restyle import to_input

    weight = next(house.autoencoder.parameters())
    with torch.inference_mode():
        x = torch.cat([to_input(frame, size) for frame in frames]).to(weight.device, weight.dtype)
        parts = [house.autoencoder.encode(x[i : i + 4]).float().cpu() for i in range(0, len(x), 4)]
    return torch.cat(parts).clone()


def packed(made: Made, house: House, size: tuple[int, int], tries: int = 1) -> bytes:
    """An entry's file: quantised latents, features, tags, and its pictures as they will be seen (JPEG). tries: which
    one of several it is."""
    import torch
    from safetensors.torch import save

    from engine.model.weights import digest
    from engine.pipelines.text2video import pictures
    from engine.pools.features import features_of, tags_of
    from engine.pools.pool import quantise

    eight, scale = quantise(made.latents[None].float().cpu())
    plain = eight[0].float() * scale[:, None, None]
    seen = np.concatenate([pictures([frame], house, size) for frame in plain])
    palette = made.palette or palette_of(seen)
    features = features_of(plain, palette)
    attributes = dict(zip(house.names, (made.attributes * made.known).tolist(), strict=True))
    jpegs = [_jpeg(frame) for frame in seen]
    tensors = {
        "latents": eight[0],
        "scale": scale,
        "attributes": made.attributes.half(),
        "known": made.known.half(),
        "phases": made.phases.float(),
        "features": features,
        "pictures": torch.frombuffer(bytearray(b"".join(jpegs)), dtype=torch.uint8),
        "cuts": torch.tensor([0, *(len(jpeg) for jpeg in jpegs)]).cumsum(0),
    }
    tensors = {name: value.detach().clone().contiguous() for name, value in tensors.items()}
    said: dict[str, Any] = {"caption": made.caption, "palette": list(palette), "source": made.source}
    said |= {"tags": list(tags_of(features, palette, attributes)), "sha256": digest(tensors)}
    said |= {"tries": tries} if tries > 1 else {}
    whole: bytes = save(tensors, metadata={"house": json.dumps(said)})  # one key: more would come in any order
    return whole


def _jpeg(frame: Frames) -> bytes:
    file = io.BytesIO()
    Image.fromarray(frame).save(file, "JPEG", quality=92)
    return file.getvalue()


def taken_frames(task: Task) -> Frames:
    """uint8 [frames, H, W, 3] filling `size`, a closed loop. Raises MediaError for a file that cannot be read."""
    path = Path(task.what)
    if path.suffix.lower() in VIDEOS:
        return np.stack(list(_there_and_back(path, task)))
    try:
        with Image.open(path) as picture:
            whole = ImageOps.exif_transpose(picture).convert("RGB")
    except OSError as error:
        raise MediaError(f"{path}: not a picture that can be read: {error}") from None
    rng = np.random.default_rng((task.seed, task.number))
    aim = rng.uniform(0.35, 0.65, 2)
    zooms = [1 - ZOOM * (0.5 - 0.5 * np.cos(2 * np.pi * i / task.frames)) for i in range(task.frames)]
    return np.stack([_filled(whole, task.size, zoom, (float(aim[0]), float(aim[1]))) for zoom in zooms])


def _filled(picture: Image.Image, size: tuple[int, int], zoom: float, aim: tuple[float, float]) -> Frames:
    """The largest part of the shape of `size`, times zoom, about the point `aim` (0-1)."""
    scale = min(picture.width / size[0], picture.height / size[1]) * zoom
    w, h = size[0] * scale, size[1] * scale
    x, y = (picture.width - w) * aim[0], (picture.height - h) * aim[1]
    return np.asarray(picture.resize(size, Image.Resampling.LANCZOS, box=(x, y, x + w, y + h)))


def _there_and_back(path: Path, task: Task) -> Iterator[Frames]:
    """Frames of a second or so from somewhere in the video, forwards and then backwards."""
    half = task.frames // 2 + 1
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            length = float((container.duration or 0) / 1e6)
            start = float(np.random.default_rng((task.seed, task.number)).uniform(0, max(0.0, length - 2.0)))
            container.seek(int(start * 1e6))
            got: list[Frames] = []
            for count, frame in enumerate(container.decode(stream)):
                if count % 3 == 0:
                    got.append(_filled(frame.to_image(), task.size, 1.0, (0.5, 0.5)))
                if len(got) == half:
                    break
    except (av.FFmpegError, IndexError, OSError) as error:
        raise MediaError(f"{path}: not a video that can be read: {error}") from None
    if not got:
        raise MediaError(f"{path}: no picture in it")
    for i in range(task.frames):
        at = i if i < half else task.frames - i
        yield got[min(at, len(got) - 1)]

"""What an entry of a pool depends on, as the name of its file: the same name, the same bytes."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vj.core.errors import VjError
from vj.core.paths import ROOT, data_dir

if TYPE_CHECKING:
    import torch

ASSETS = ROOT / "engine" / "assets"
STEPS, GUIDANCE = 1, 1.0
CODE: Mapping[str, tuple[str, ...]] = {
    "text": (
        *("vj/studio/entries.py", "engine/pipelines/text2video.py", "engine/pools/memory.py", "engine/model/*.py"),
        *("engine/diffusion/*.py", "engine/diffusion/samplers/flowmap.py", "engine/pools/interpolate.py"),
        *("engine/pools/features.py", "engine/pools/pool.py", "engine/pipelines/poolwalk.py"),
    ),
    "world": (
        *("vj/studio/entries.py", "vj/studio/prerender.py", "vj/studio/world.py", "vj/studio/captions.py"),
        *("engine/model/autoencoder.py", "engine/model/layers.py"),
        *("engine/pools/features.py", "engine/pools/pool.py", "shaders/lib/*.glsl"),
    ),
    "media": (
        *("vj/studio/entries.py", "engine/model/autoencoder.py", "engine/model/layers.py"),
        *("engine/pools/features.py", "engine/pools/pool.py", "engine/pipelines/restyle.py"),
    ),
    "qc": ("vj/studio/entrygate.py", "engine/quality/*.py", "engine/vision/flow.py"),
}
"""kind -> the files that decide what an entry looks like: a change in one of them makes it another entry. qc: those
that decide which try is kept, for entries that are tried again"""


@dataclass(frozen=True, slots=True)
class Source:
    """Where an entry comes from: `kind` is text, world or media, `what` the prompt, the family or the file."""

    kind: str
    what: str
    number: int


@dataclass(frozen=True, slots=True)
class Task:
    """One entry, and all that it depends on beside weights and code. `frames` of `size` = (W, H)."""

    kind: str
    what: str
    number: int
    frames: int = 8
    size: tuple[int, int] = (512, 288)
    seed: int = 7
    steps: int = STEPS
    guidance: float = GUIDANCE
    retries: int = 0
    """how often it is made again, with another seed, while it does not pass its checks; media are as they are"""

    @property
    def source(self) -> Source:
        return Source(self.kind, self.what, self.number)


@dataclass(frozen=True, slots=True)
class Kit:
    """What entries are made with: the folder of the weights, and that of the pool which is the memory."""

    assets: str = ""
    memory: str = ""
    """empty: the program's own, wherever it is installed on the machine that looks"""

    @property
    def weights(self) -> Path:
        return Path(self.assets) if self.assets else ASSETS

    @property
    def remembered(self) -> Path:
        return Path(self.memory) if self.memory else data_dir("latent_pools") / "house"


def about(kit: Kit) -> dict[str, Any]:
    """What decides the bytes of entries here: `code` per kind, `weights`, `memory`, `arithmetic`; the `names` of
    attributes; and which weights their `latents` go by. Two machines that say the same make the same. Raises VjError
    where there are no weights."""
    from engine.runtimes.device import best_device

    device = best_device()
    autoencoder, denoiser = (_meta(kit.weights / f"{name}.safetensors") for name in ("autoencoder", "denoiser"))
    return {
        "code": {kind: _code(files) for kind, files in CODE.items()},
        "weights": {"autoencoder": autoencoder.get("sha256", ""), "denoiser": denoiser.get("sha256", "")},
        "latents": autoencoder.get("latents", autoencoder.get("sha256", "")),
        "memory": _meta(kit.remembered / "pool.safetensors").get("sha256", ""),
        "arithmetic": f"{str(dtype_on(device)).removeprefix('torch.')} {device}",
        "names": denoiser.get("names", []),
    }


def key_of(task: Task, here: Mapping[str, Any]) -> str:
    """sha256 of the task and of what it is made with (`about`): the name of the entry's file. Media by their bytes."""
    what = _file(Path(task.what), Path(task.what).stat().st_mtime_ns) if task.kind == "media" else task.what
    job: dict[str, Any] = {"kind": task.kind, "what": what, "number": task.number, "seed": task.seed}
    job |= {"frames": task.frames, "size": list(task.size), "code": here["code"][task.kind]}
    job |= {"arithmetic": here["arithmetic"], "autoencoder": here["weights"]["autoencoder"]}
    if task.kind == "text":
        job |= {"steps": task.steps, "guidance": task.guidance, "memory": here["memory"], "weights": here["weights"]}
    if task.retries and task.kind != "media":
        job |= {"retries": task.retries, "qc": here["code"]["qc"]}
    if task.kind == "world":
        job["shader"] = _code((str(data_dir("shaders") / "generators" / f"{task.what}.fs"),))
    return hashlib.sha256(json.dumps(job, sort_keys=True).encode()).hexdigest()


def hash_of(source: Source) -> int:
    """A number for a source that stays the same: which clip of the world it is."""
    return int.from_bytes(hashlib.sha256(f"{source.what} {source.number}".encode()).digest()[:3])


def dtype_on(device: str) -> torch.dtype:
    """By what the machine has, never by what was faster just now: the next run must find its entries again."""
    import torch

    if device != "cpu":
        return torch.bfloat16 if device == "cuda" else torch.float16
    quick = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    return torch.bfloat16 if any(getattr(torch.cpu, name, bool)() for name in quick) else torch.float32


def _meta(path: Path) -> Mapping[str, Any]:
    """The description in a safetensors file, without reading the rest. Raises VjError where there is none."""
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            found: Mapping[str, Any] = json.loads(json.loads(file.read(length))["__metadata__"]["house"])
    except (OSError, struct.error, ValueError, KeyError, MemoryError) as error:
        raise VjError(f"{path}: cannot be read: {error}", "take it from the repository again") from None
    return found


@cache
def _code(patterns: Sequence[str]) -> str:
    """sha256 over the files that match, in the order of their names. A pattern is relative to the program."""
    sha = hashlib.sha256()
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)) if not Path(pattern).is_absolute() else [Path(pattern)]:
            sha.update(path.name.encode() + (path.read_bytes() if path.is_file() else b""))
    return sha.hexdigest()


@cache
def _file(path: Path, written: int) -> str:
    """sha256 of a file's bytes; `written` (ns) so that it is read again after a change."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""Open weights: what there is, what is here, fetching with consent, and the generators that they give."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from engine.adapters import fetch as fetching
from engine.adapters import load, table
from engine.adapters.contracts import AdapterJob as AdapterJob
from engine.adapters.contracts import Frame, Generate, Rule
from engine.adapters.fetch import Hub, HuggingFace
from engine.adapters.fetch import Offer as Offer
from vj.core.errors import VjError
from vj.core.paths import cache_dir
from vj.core.policy import permitted
from vj.labels.about import About, kind_of
from vj.labels.seal import seal
from vj.studio.output import plainly

if TYPE_CHECKING:
    import torch

    from engine.adapters.clip import Score
    from engine.adapters.depth import Depth
    from engine.adapters.interpolation import Between
    from engine.adapters.superres import Upscale


@dataclass(frozen=True, slots=True)
class Row:
    """What `vj models ls` shows. `bytes` on this disk; `here`: yes, no, or what is missing."""

    id: str
    use: str
    licence: str
    size: str
    here: str
    bytes: int
    folder: str


def home() -> Path:
    """`$VJ_MODELS`, else models/ in the cache folder."""
    said = os.environ.get("VJ_MODELS")
    return Path(said) if said else cache_dir() / "models"


def folder_of(name: str) -> Path:
    """Where the weights of an id lie or would lie. Raises VjError for an id that is none."""
    with plainly():
        return home() / table.row(name).id


def listing() -> tuple[Row, ...]:
    """Every row of the table and whether its weights are here."""
    rows = []
    for weights in table.TABLE:
        folder = home() / weights.id
        with plainly():
            lacking = fetching.missing(weights, folder)
        size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) if folder.is_dir() else 0
        here = "yes" if not lacking else f"lacks {len(lacking)}" if size else "no"
        rows.append(Row(weights.id, weights.use, weights.licence, weights.size, here, size, str(folder)))
    return tuple(rows)


def fetch(
    name: str,
    confirm: Callable[[Offer], bool],
    show: Callable[[str, int], None] = lambda name, size: None,
    hub: Hub | None = None,
) -> bool:
    """Whether the weights are here afterwards: nothing comes before `confirm` was shown licence and size and said yes.

    Raises VjError without a network, for a pickle, another sha256 than before, a full disk."""
    with plainly():
        return fetching.fetch(table.row(name), folder_of(name), hub or HuggingFace(), confirm, show)


def verify(name: str) -> Iterator[tuple[str, bool]]:
    """(file, whether it is as it was when it came), every file read whole. Raises VjError where nothing is."""
    folder = _whole(name)
    yield from fetching.verify(folder)


def forget(name: str) -> int:
    """Delete the weights; the bytes that were freed. Raises VjError where nothing is."""
    folder = folder_of(name)
    if not folder.is_dir():
        raise VjError(f"{name}: not here", "see `vj models ls`")
    size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    shutil.rmtree(folder)
    return size


def markdown() -> str:
    """docs/models-open.md."""
    return table.markdown()


def generator(name: str, device: str = "", dtype: torch.dtype | None = None, tiny: bool = False) -> Generate:
    """The generator of fetched weights, such as `wan`; on the best device, bf16 where that is fast. `tiny`: decode with
    the small decoder that belongs to it (taehv, taesd), which must be here too. Raises VjError."""
    weights = _weights(name)
    if not isinstance(weights.rule, Rule):
        makers = ", ".join(w.id for w in table.TABLE if isinstance(w.rule, Rule))
        raise VjError(f"{name}: {weights.use}; it makes no frames", f"take one of {makers}")
    place, kind = _place(device, dtype)
    with plainly():
        parts = _tiny(name, place, kind) if tiny else {}
        folder = _whole(name)  # before a library is loaded, which takes seconds
        made: Generate = load.adapter(weights.adapter).open(folder, place, kind, **parts)
    return made


def _tiny(name: str, device: str, dtype: torch.dtype) -> dict[str, Any]:
    decoders = {"wan": "taehv", "animatediff": "taesd", "lcm-sd15": "taesd", "lcm-sdxl": "taesdxl"}
    if name not in decoders:
        raise VjError(f"{name}: there is no tiny decoder for it", f"only for {', '.join(decoders)}")
    own = _weights(decoders[name])
    folder = _whole(own.id)
    file = sorted(folder.glob("*.safetensors"))[0] if own.id == "taehv" else folder
    return {"tiny": load.adapter(own.adapter).open(file, device, dtype)}


def depth(name: str = "depth", device: str = "") -> Depth:
    """A picture -> its depth [H, W], 0 far to 1 near. Raises VjError."""
    found: Depth = _opened(name, "depth", device)
    return found


def upscaler(name: str = "realesrgan", device: str = "") -> Upscale:
    """A picture -> the picture enlarged. Raises VjError."""
    found: Upscale = _opened(name, "superres", device)
    return found


def scorer(name: str = "clip", device: str = "") -> Score:
    """(pictures, texts) -> cosines. Raises VjError."""
    found: Score = _opened(name, "clip", device)
    return found


def between(name: str = "ltx", device: str = "") -> Between:
    """(first, last, job) -> the frames between. Raises VjError."""
    found: Between = _opened(name, "interpolation", device)
    return found


def dreamed(name: str, job: AdapterJob, quiet: bool = False) -> Iterator[Frame]:
    """The frames of a job by fetched weights, with a progress bar of its denoising steps. Raises VjError."""
    permitted(job.prompt)
    make = generator(name)
    columns = (TextColumn(f"denoising with {name}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True, quiet=quiet)) as bar:
        task = bar.add_task("", total=None)

        def progress(done: int, total: int) -> bool:
            bar.update(task, completed=done, total=total)
            return True

        with plainly():
            yield from make(job, progress)


def draw(
    name: str, job: AdapterJob, folder: Path, quiet: bool = False, media: tuple[Path, ...] = (), consent: str = ""
) -> tuple[Path, ...]:
    """Write the frames of a job as PNG files named by their seeds, each saying what it was made with: media for a pool.

    media: files of the user that the job's pictures come from; consent of who is seen in them. Raises VjError."""
    permitted(job.prompt)
    folder.mkdir(parents=True, exist_ok=True)
    said = {**label_of(name), "prompt": job.prompt, "generated": "yes"}
    written = []
    for number, frame in enumerate(dreamed(name, job, quiet)):
        seed = {"pipeline": "draw", "seed": str(job.seed + number)}
        about = About(kind_of(True, bool(media)), said | seed, media, consent)
        text = PngInfo()
        for key, value in about.told.items():
            text.add_text(key, value)
        written.append(folder / f"{name}-{job.seed + number:06d}.png")
        Image.fromarray(frame).save(written[-1], pnginfo=text)
        seal(written[-1], about)
    return tuple(written)


def native(name: str) -> tuple[int, int]:
    """(W, H) that the weights were trained for: ask for about so much, and enlarge. Raises VjError."""
    return _weights(name).size_px or (512, 288)


def label_of(name: str) -> dict[str, str]:
    """What a video says of the weights that it was made with."""
    weights = _weights(name)
    with plainly():
        commits = fetching.read_lock(folder_of(name)).get("revisions", {})
    said = ", ".join(f"{repository}@{commit[:12]}" for repository, commit in commits.items())
    return {"model": name, "weights": said, "licence": weights.licence}


def _weights(name: str) -> table.Weights:
    with plainly():
        return table.row(name)


def _whole(name: str) -> Path:
    folder = folder_of(name)
    with plainly():
        lacking = fetching.missing(_weights(name), folder)
    if lacking:
        mend = f"vj models fetch {name}" if _weights(name).parts else f"put it into {folder}: see `vj models ls`"
        raise VjError(f"{name}: the weights are not here ({lacking[0]} is missing in {folder})", mend)
    return folder


def _opened(name: str, adapter: str, device: str) -> Any:
    own = {_weights(name).adapter, "interpolation"} if name == "ltx" else {_weights(name).adapter}
    if adapter not in own:
        fit = ", ".join(w.id for w in table.TABLE if w.adapter == adapter)
        raise VjError(f"{name}: {_weights(name).use}", f"take {fit}")
    place, kind = _place(device, None)
    with plainly():
        folder = _whole(name)
        opened = load.adapter(adapter).open
        return opened(folder, place, kind) if adapter == "interpolation" else opened(folder, place)


def _place(device: str, dtype: torch.dtype | None) -> tuple[str, torch.dtype]:
    try:
        import torch
    except ModuleNotFoundError:
        raise VjError("torch is not installed: open weights need it", "pip install 'vj[engine,models]'") from None
    from engine.runtimes.device import best_device
    from engine.runtimes.runtime import best_dtype

    place = device or best_device()
    return place, dtype or (best_dtype() if place == "cpu" else torch.bfloat16)

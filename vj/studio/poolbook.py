"""What one does with pools: list, show, merge, verify, draw a sheet, add a clip. The job of `vj pool`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vj.core.errors import VjError, nearest
from vj.core.paths import SHIPPED, data_dir
from vj.labels.pool import seal_pool
from vj.labels.seal import seal_picture
from vj.studio import loops, poolfiles
from vj.studio.entrystore import Kept, locked, unpacked
from vj.studio.prerender import Made, unique

if TYPE_CHECKING:
    from engine.model.house import House
    from engine.pools.index import Entry
    from engine.pools.pool import LatentPool

Frames = NDArray[np.uint8]
SIZE, LENGTH = (512, 288), 8
"""of the pictures and of the loops of a pool that `add` begins"""


@dataclass(frozen=True, slots=True)
class Listed:
    """A pool in one line; `wrong` says why it cannot be used."""

    name: str
    entries: int = 0
    frames: int = 0
    size: tuple[int, int] = (0, 0)
    megabytes: float = 0.0
    sources: tuple[tuple[str, int], ...] = ()
    wrong: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "sources": dict(self.sources)}


def folder_of(name: str) -> Path:
    """A pool by its name in latent_pools or by its folder. Raises VjError with the nearest name."""
    for place in (data_dir("latent_pools") / name, Path(name)):
        if name and (place / "pool.toml").is_file():
            return place
    there = names()
    raise VjError(f'no pool "{name}"{nearest(name, there)}', f"there are: {', '.join(there) or 'none'}")


def names() -> list[str]:
    return sorted(path.parent.name for path in data_dir("latent_pools").glob("*/pool.toml"))


def ls() -> list[Listed]:
    """Every pool of latent_pools; one that is broken is listed with what is wrong with it."""
    found = []
    for name in names():
        try:
            found.append(listed(name))
        except VjError as error:
            found.append(Listed(name, wrong=str(error)))
    return found


def listed(name: str) -> Listed:
    folder, pool = opened(name)
    kinds = Counter("media" if "." in entry.source else entry.source for entry in pool.entries)
    size = (folder / "pool.safetensors").stat().st_size / 1e6
    return Listed(folder.name, len(pool.entries), pool.frames, pool.size, round(size, 1), tuple(kinds.most_common()))


def opened(name: str) -> tuple[Path, LatentPool]:
    from engine.errors import EngineError
    from engine.pools.pool import load

    folder = folder_of(name)
    try:
        return folder, load(folder)
    except EngineError as error:
        raise VjError(error.message, error.mend) from None


def rows(name: str, most: int = 0, tag: str = "") -> list[dict[str, Any]]:
    """The entries as a table: everything in words, and the features. `most` 0: all; `tag`: only those that have it."""
    from engine.pools.features import FEATURES
    from engine.pools.nearest import every

    _, pool = opened(name)
    features = every(pool) if pool.features is None else pool.features
    found = []
    for i, entry in enumerate(tagged(pool)):
        if tag and tag not in entry.tags:
            continue
        values = {key: round(float(x), 3) for key, x in zip(FEATURES, features[i], strict=True)}
        found.append({**asdict(entry), **values})
        if len(found) == most:
            break
    return found


def tagged(pool: LatentPool) -> Iterator[Entry]:
    """The entries with their tags; those of an old pool are worked out."""
    from engine.pools.features import features_of, tags_of

    for i, entry in enumerate(pool.entries):
        if not entry.tags:
            plain = pool.latents[i].float() * (pool.scale if pool.scale.dim() == 1 else pool.scale[i])[:, None, None]
            attributes = dict(zip(pool.names, (pool.attributes[i] * pool.known[i]).tolist(), strict=True))
            entry = replace(entry, tags=tags_of(features_of(plain, entry.palette), entry.palette, attributes))
        yield entry


def verify(name: str) -> str:
    """Read every byte. One line about the pool; raises VjError for what is damaged."""
    from engine.errors import EngineError
    from engine.model import weights

    folder, pool = opened(name)
    try:
        sha = weights.verify(folder / "pool.safetensors")
    except EngineError as error:
        raise VjError(error.message, f"make it again: vj prerender, or take {folder.name} from a copy") from None
    doubles = [label for label, count in Counter(entry.name for entry in pool.entries).items() if count > 1]
    if doubles:
        raise VjError(f'{folder}: two entries are called "{doubles[0]}"', "merge it with nothing: vj pool merge A -o B")
    loop = folder / "pool.mp4"
    frames = sum(1 for _ in loops.pictures(loop)) if loop.is_file() else 0
    shown = (
        f"{frames // pool.frames} of them in pool.mp4" if frames else "no pool.mp4: without the engine, the fallback"
    )
    return f"{len(pool.entries)} entries of {pool.frames} frames, {shown}, sha256 {sha[:12]}: whole"


def merge(from_: Sequence[str], out: str) -> Listed:
    """All entries of several pools in one, latents as they are, names made unique. `out`: a name, or a path."""
    import torch

    from engine.pools.merge import merged
    from engine.pools.pool import save_streamed

    folder = target_of(out)
    parts = [opened(name) for name in from_]
    if folder in [part.resolve() for part, _ in parts]:
        raise VjError(f"{folder}: is one of the pools that are merged", "choose another name for what comes out")
    pools = [replace(pool, entries=tuple(tagged(pool))) for _, pool in parts]
    entries = [entry for pool in pools for entry in pool.entries]
    labels = unique([entry.name for entry in entries])
    entries = [replace(entry, name=label) for entry, label in zip(entries, labels, strict=True)]
    with plain_errors(), locked(folder.name), torch.inference_mode():
        pool, latents = merged(folder.name, pools, entries)
        folder.mkdir(parents=True, exist_ok=True)
        loops.join(folder / "pool.mp4", [part / "pool.mp4" for part, _ in parts])
        save_streamed(folder, pool, latents, f"Made by: vj pool merge {' '.join(from_)}")
        seal_pool(folder, (entry.source for entry in entries))
    return listed(str(folder))


def halve(name: str, done: Callable[[int, int], None] = lambda made, of: None) -> bool:
    """The pool's loops at half the size, for machines that cannot dream whole pictures in time; False: they were there.
    `done` is told how many entries of how many are made."""
    from engine.pools.half import make
    from vj.studio.house import house_of

    (folder, pool), house = opened(name), house_of()
    with plain_errors(), locked(folder.name):
        return make(folder, house, lambda made: done(made, len(pool.entries)))


def target_of(out: str) -> Path:
    """The folder of a pool to be written. Raises VjError for those that come with the program."""
    here = data_dir("latent_pools").resolve()
    folder = Path(out).resolve() if "/" in out else here / out
    if not out or (folder.parent == here and folder.name in SHIPPED):
        raise VjError(f'"{out}" cannot be written', f"choose another name: {', '.join(SHIPPED)} come with the program")
    return folder


def sheet(name: str, out: Path) -> int:
    """A picture of (at most) DRAWN entries, spread over the pool, with names and tags. Returns how many are on it."""
    folder, pool = opened(name)
    drawn = poolfiles.spread(len(pool.entries), poolfiles.DRAWN)
    entries = list(tagged(replace_entries(pool, drawn)))
    path = folder / "pool.mp4"
    frames = [f for i, f in enumerate(loops.pictures(path)) if i % pool.frames == 0] if path.is_file() else []
    whole = len(frames) == len(pool.entries)  # pool.mp4 shows only some of a large pool
    frames = [frames[i] for i in drawn] if whole else decoded(pool, drawn)
    try:
        poolfiles.sheet(frames, entries).save(out)
        seal_picture(out, "pool sheet", model=True)
    except (OSError, ValueError) as error:
        raise VjError(
            f"{out}: cannot be written: {error}", "a name that ends in .png or .jpg, in a folder that exists"
        ) from None
    return len(drawn)


def replace_entries(pool: LatentPool, at: Sequence[int]) -> LatentPool:
    """Some entries of a pool as a pool."""
    here = list(at)
    scale = pool.scale if pool.scale.dim() == 1 else pool.scale[here]
    parts = {name: getattr(pool, name)[here] for name in ("latents", "attributes", "known", "phases")}
    features = None if pool.features is None else pool.features[here]
    return replace(pool, entries=tuple(pool.entries[i] for i in here), scale=scale, features=features, **parts)


def decoded(pool: LatentPool, at: Sequence[int]) -> list[Frames]:
    """The first picture of each entry. Raises VjError where the pool does not fit the model."""
    from engine.pipelines.text2video import pictures
    from engine.pools.pool import mismatch
    from vj.studio.house import house_of

    house = house_of()
    with plain_errors():
        mismatch(pool, house.sha["autoencoder"], house.autoencoder.config.latent)
        return [pictures([pool.frame(i, 0)], house, pool.size)[0] for i in at]


def add(name: str, frames: Frames, caption: str, source: str, house: House) -> str:
    """A clip uint8 [T, H, W, 3] as one more entry of a pool, which is begun where there is none. Returns the entry's
    name. As many frames as the pool's loops have are taken as they are; of others some, spread, there and back.

    Raises VjError for the house pool, and where the pool belongs to other weights."""
    import torch

    from engine.pools.merge import merged
    from engine.pools.pool import save_streamed
    from vj.studio.entries import encode, packed

    folder = target_of(name)
    with plain_errors(), locked(folder.name), torch.inference_mode():
        old = opened(str(folder))[1] if (folder / "pool.toml").is_file() else None
        size, length = (old.size, old.frames) if old else (SIZE, LENGTH)
        loop = looped(frames, length)
        nothing, phases = torch.zeros(len(house.names)), torch.arange(length) / length
        made = Made(
            label_of(caption or source), caption, (), source, encode(house, loop, size), nothing, nothing, phases
        )
        kept = unpacked(packed(made, house, size))
        new = single(made.name, kept, house, size)
        if old is not None and (old.autoencoder, old.names) != (new.autoencoder, new.names):
            raise VjError(f'pool "{name}": was made with other weights than the model has', "choose another --pool")
        pools = [new] if old is None else [replace(old, entries=tuple(tagged(old))), new]
        labels = unique([entry.name for pool in pools for entry in pool.entries])
        entries = [entry for pool in pools for entry in pool.entries]
        entries = [replace(entry, name=label) for entry, label in zip(entries, labels, strict=True)]
        pool, latents = merged(folder.name, pools, entries)
        folder.mkdir(parents=True, exist_ok=True)
        last = folder / "pool.last.mp4"
        loops.encode(last, lambda: (kept.picture(t) for t in range(length)), size)
        loops.join(folder / "pool.mp4", [folder / "pool.mp4", last])
        last.unlink(missing_ok=True)
        save_streamed(folder, pool, latents, "Made by: vj --pool")
        seal_pool(folder, (entry.source for entry in entries))
    return labels[-1]


def single(name: str, kept: Kept, house: House, size: tuple[int, int]) -> LatentPool:
    """A pool of one entry."""
    from engine.pools.pool import LatentPool

    columns = ("scale", "attributes", "known", "phases", "features")
    return LatentPool(
        name=name,
        entries=(poolfiles.entry_of(name, kept),),
        latents=kept.tensors["latents"][None],
        names=house.names,
        size=size,
        autoencoder=house.sha["autoencoder"],
        **{column: kept.tensors[column].float()[None] for column in columns},
    )


def looped(frames: Frames, length: int) -> Frames:
    """`length` frames that close: as they are where there are so many, else some of them, there and back."""
    if len(frames) == 0:
        raise VjError("a clip without frames cannot be added to a pool")
    if len(frames) == length:
        return frames
    half = length // 2 + 1
    at = [round(i * (len(frames) - 1) / max(1, half - 1)) for i in range(half)]
    return frames[[at[i if i < half else length - i] for i in range(length)]]


def label_of(text: str) -> str:
    """`golden tunnel, deep` -> golden-tunnel-deep"""
    return "-".join("".join(c if c.isalnum() else " " for c in text.lower()).split())[:48] or "clip"


@contextmanager
def plain_errors() -> Iterator[None]:
    from engine.errors import EngineError

    try:
        yield
    except EngineError as error:
        raise VjError(error.message, error.mend) from None
    except OSError as error:
        raise VjError(f"{error.filename or 'the disk'}: {error.strerror or error}") from None

"""The pools of a setlist, from words, from our own generators, from images and videos: the job of `vj prerender`.

Every entry is a file of its own, named after all that it depends on. What is there is not made again: a job that was
cut goes on where it was, and a prompt that changes is the only one that is dreamed anew.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from vj.core.errors import MediaError, VjError, nearest
from vj.core.paths import SHIPPED, cache_dir, data_dir
from vj.core.policy import permitted
from vj.setlist.schema import PoolSpec, Setlist
from vj.studio import entrygate, entrystore, poolfiles
from vj.studio.captions import FAMILIES
from vj.studio.consent import consented
from vj.studio.crew import Crew, Job, work
from vj.studio.entries import VIDEOS
from vj.studio.entrykeys import Kit, Source, Task, about, key_of
from vj.studio.options import QC
from vj.studio.poolbook import label_of

MOST_TOLD = 8
"""lines about entries that do not pass"""
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")


@dataclass(frozen=True, slots=True)
class How:
    """Where entries are made and kept. `ray`: empty for this machine, `auto` or the address of a Ray cluster."""

    ray: str = ""
    workers: int = 0
    """processes or actors; 0: one per core, or per GPU where a cluster has any"""
    out: Path | None = None
    """the folder that the pool's folder goes into; None: latent_pools"""
    kit: Kit = field(default_factory=Kit)
    say: Callable[[str], None] = lambda text: None
    """is told of entries that were damaged or do not pass, and of machines that joined"""
    qc: str = "off"
    """off, warn (tell), retry (make entries again with other seeds), fail (no pool of entries that do not pass)"""
    retries: int = 3


@dataclass(frozen=True, slots=True)
class PoolMade:
    """What one run did: `new` entries made, `kept` found whole, `mended` of the new ones found damaged."""

    name: str
    folder: str
    entries: int
    new: int
    kept: int
    mended: int
    took_s: float
    sha256: str
    """of the pool's tensors"""
    retried: int = 0
    """entries that passed, or were best, at a later try"""
    failed: int = 0
    """entries that do not pass their checks"""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


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
        if spec is None and (name in SHIPPED or (data_dir("latent_pools") / name / "pool.toml").is_file()):
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
    all_ += [("media", str(path.resolve())) for path in files]
    return [Source(*all_[i % len(all_)], i // len(all_)) for i in range(spec.count)]


def allowed(spec: PoolSpec, base: Path) -> None:
    """Raises PolicyError for a prompt that is refused, ConsentError for people in the media who were not asked."""
    permitted(*spec.prompts, what=f"pool {spec.name}")
    consented([path for text in spec.media for path in media_files(base / text)], spec.consent, f"[[pool]] {spec.name}")


def media_files(path: Path) -> list[Path]:
    if not path.is_dir():
        if not path.is_file():
            raise MediaError(f"{path}: no such file or folder")
        return [path]
    found = sorted(p for p in path.rglob("*") if p.suffix.lower() in (*PICTURES, *VIDEOS))
    if not found:
        raise VjError(f"{path}: no images or videos in it", f"there may be {', '.join((*PICTURES, *VIDEOS))}")
    return found


def make(setlist: Setlist, spec: PoolSpec, done: Callable[[int], None], how: How | None = None) -> PoolMade:
    """Make one pool, or complete it; `done` is told how many entries are there. Raises VjError."""
    allowed(spec, setlist.path.parent)
    return made_of(spec, sources(spec, setlist.path.parent), done, how or How())


def made_of(spec: PoolSpec, from_: Sequence[Source], done: Callable[[int], None], how: How) -> PoolMade:
    """As `make`, from sources that are already known."""
    from engine.errors import EngineError

    if how.qc not in QC:
        raise VjError(f"--qc {how.qc}: unknown{nearest(how.qc, QC)}", f"one of {', '.join(QC)}")
    began, folder = time.perf_counter(), (how.out or data_dir("latent_pools")) / spec.name
    store = entrystore.folder_of(cache_dir())
    entrystore.sweep(store)
    again = how.retries if how.qc == "retry" else 0
    tasks = [Task(s.kind, s.what, s.number, spec.frames, spec.size, spec.seed, retries=again) for s in from_]
    try:
        with crewed(how) as crew:
            paths = [entrystore.path_of(store, key_of(task, crew.about)) for task in tasks]
            jobs = {path: Job(task, path) for task, path in zip(tasks, paths, strict=True)}
            missing, damaged = _missing(jobs, how.say)
            there, copies, judged = 0, Counter(paths), _Judged(how)
            for path in [path for path in jobs if path not in missing]:
                there += copies[path]
                judged.see(jobs[path])
                done(there)
            done(there)
            for job in crew.work([job for path, job in jobs.items() if path in missing]):
                there += copies[job.path]
                done(there)
                judged.see(job)
        judged.tell(spec.name)
        here = {"name": spec.name, "size": spec.size, "names": crew.about["names"]}
        here |= {"consent": spec.consent} if spec.consent else {}
        here["autoencoder"] = crew.about["latents"]
        made = [(name_of(source), path) for source, path in zip(from_, paths, strict=True)]
        with entrystore.locked(spec.name):
            sha = _finished(folder, here, made)
    except EngineError as error:
        raise VjError(str(error)) from None
    except OSError as error:
        raise VjError(f"{error.filename or store}: {error.strerror or error}", "what is made is kept") from None
    took = time.perf_counter() - began
    counts = len(paths), len(missing), len(jobs) - len(missing), damaged
    return PoolMade(spec.name, str(folder), *counts, round(took, 2), sha, judged.retried, len(judged.failed))


class _Judged:
    """Which entries do not pass their checks."""

    def __init__(self, how: How) -> None:
        self._how, self.retried, self.failed = how, 0, dict[str, str]()

    def see(self, job: Job) -> None:
        if self._how.qc == "off":
            return
        kept = entrystore.read(job.path, check=False)
        self.retried += kept.tries > 1
        if faults := entrygate.faults_of(kept, job.task.kind):
            self.failed[name_of(job.task.source)] = ", ".join(f"{fault.name} {fault.score:.2f}" for fault in faults)

    def tell(self, pool: str) -> None:
        """Raises VjError where that is asked for."""
        lines = [f"{name}: {why}" for name, why in sorted(self.failed.items())]
        if lines and self._how.qc == "fail":
            told = "\n  ".join([*lines[:MOST_TOLD], *(["..."] if len(lines) > MOST_TOLD else [])])
            count = "1 entry does" if len(lines) == 1 else f"{len(lines)} entries do"
            raise VjError(f"{pool}: {count} not pass\n  {told}\n", "--qc retry tries other seeds")
        for line in lines[:MOST_TOLD]:
            self._how.say(f"qc: {line}")
        if len(lines) > MOST_TOLD:
            self._how.say(f"qc: and {len(lines) - MOST_TOLD} more entries")


def crewed(how: How) -> AbstractContextManager[Crew]:
    """The processes of this machine, or actors on a cluster; as a context, for a cluster is left again."""
    if how.ray:
        from vj.studio import cluster

        return cluster.joined(how.ray, how.kit, how.workers, how.say)
    workers = how.workers or os.cpu_count() or 1
    here = about(how.kit)
    if not here["arithmetic"].endswith("cpu"):
        workers = how.workers or 1  # the GPU is shared by none
    return nullcontext(Crew(here, lambda jobs: work(jobs, how.kit, workers)))


def _missing(jobs: Mapping[Path, Job], say: Callable[[str], None]) -> tuple[set[Path], int]:
    """Those to be made, and how many of them are there but damaged; these are removed."""
    from engine.errors import PoolError

    missing, damaged = set[Path](), 0
    for path in jobs:
        if path.is_file():
            try:
                entrystore.read(path)
                continue
            except PoolError as error:
                say(str(error))
                path.unlink(missing_ok=True)
                damaged += 1
        missing.add(path)
    return missing, damaged


def _finished(folder: Path, here: Mapping[str, Any], made: Sequence[tuple[str, Path]]) -> str:
    """The pool's files, if they are not there already. Returns the sha256 of its tensors."""
    from engine.errors import EngineError
    from engine.model import weights
    from engine.pools.pool import load

    entries = [(name, path.parent.name + path.stem) for name, path in made]
    agreed = (here["consent"],) if "consent" in here else ()  # another consent is another label
    text = repr((here["name"], here["size"], entries, *agreed))
    comment = f"Made by: vj prerender ({len(made)} entries)\njob {hashlib.sha256(text.encode()).hexdigest()[:16]}"
    toml = folder / "pool.toml"
    try:
        if comment.splitlines()[1] in toml.read_text("utf-8")[:200] and (folder / "sheet.png").is_file():
            load(folder)
            return str(weights.load(folder / "pool.safetensors")[1]["sha256"])
    except (OSError, EngineError, UnicodeDecodeError):
        pass  # it is written again
    return poolfiles.write(folder, dict(here), made, comment)


def name_of(source: Source) -> str:
    stem = Path(source.what).stem if source.kind == "media" else source.what
    words = label_of(stem)
    return words if source.number == 0 else f"{words}-{source.number + 1}"

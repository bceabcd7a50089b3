"""Downloads open weights when asked, and only then: licence and size first, safetensors only, pinned and checked."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Protocol

from engine.adapters.contracts import AdapterError
from engine.adapters.load import MEND
from engine.adapters.table import Part, Weights

LOCK = "lock.json"
PLAIN = (".json", ".txt", ".model", ".jinja")
"""what may come beside the weights: settings and vocabularies, which nobody executes"""
SPARE = 500_000_000
"""bytes that must stay free on the disk"""


@dataclass(frozen=True, slots=True)
class Remote:
    """A file of a repository; `sha256` is empty where the hub does not say (small files)."""

    name: str
    size: int
    sha256: str = ""


class Hub(Protocol):
    """Where weights come from; `HuggingFace` in life, a folder in tests."""

    def files(self, repository: str, revision: str) -> tuple[str, tuple[Remote, ...]]:
        """(commit, files at that commit). Raises AdapterError."""

    def download(self, repository: str, commit: str, name: str, folder: Path) -> None:
        """Puts the file into the folder under its name. Raises AdapterError."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What would be downloaded; shown before anything is."""

    id: str
    licence: str
    total: int
    """bytes still to come"""
    files: tuple[tuple[Part, str, Remote], ...]
    """(part, commit, file) of those that are not here yet"""


Confirm = Callable[[Offer], bool]
Show = Callable[[str, int], None]
"""(file, bytes of it that have come)"""


def fetch(weights: Weights, folder: Path, hub: Hub, confirm: Confirm, show: Show = lambda name, size: None) -> bool:
    """Whether it was agreed to and everything is there. What is here already is not fetched again; a run that was cut
    goes on. Raises AdapterError for a pickle, another hash, a full disk, no network."""
    if not weights.parts:
        raise AdapterError(f"{weights.id}: {weights.use}", f"the folder is {folder}")
    lock = read_lock(folder)
    offer = _offer(weights, folder, hub, lock)
    if offer.files and not confirm(offer):
        return False
    if offer.files:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
        if free < offer.total + SPARE:
            raise AdapterError(f"{free / 1e9:.1f} GB free, {offer.total / 1e9:.1f} GB to come", "make room on the disk")
    for part, commit, remote in offer.files:
        to = folder / part.folder
        to.mkdir(parents=True, exist_ok=True)
        hub.download(part.repository, commit, remote.name, to)
        key = _key(part, remote.name)
        got = digest(to / remote.name)
        for wanted, whose in ((remote.sha256, "the hub's"), (lock.get("files", {}).get(key, {}).get("sha256"), LOCK)):
            if wanted and wanted != got:
                (to / remote.name).unlink()
                raise AdapterError(
                    f"{remote.name}: sha256 {got[:12]}, but {whose} is {wanted[:12]}", "deleted; try again"
                )
        if remote.name.endswith(".safetensors"):
            _check_header(to / remote.name)
        lock.setdefault("files", {})[key] = {"sha256": got, "size": remote.size}
        lock.setdefault("revisions", {})[part.repository] = commit
        _write_lock(folder, {"id": weights.id, "licence": weights.licence, **lock})
        show(remote.name, remote.size)
    if complete := not missing(weights, folder):
        _write_lock(folder, {**lock, "id": weights.id, "licence": weights.licence, "whole": True})
    return complete


def _offer(weights: Weights, folder: Path, hub: Hub, lock: dict[str, Any]) -> Offer:
    wanted: list[tuple[Part, str, Remote]] = []
    for part in weights.parts:
        pinned = lock.get("revisions", {}).get(part.repository) or part.revision
        commit, files = hub.files(part.repository, pinned or "main")
        if pinned and commit != pinned:
            raise AdapterError(f"{part.repository}: commit {commit[:12]}, but {pinned[:12]} was asked for", "try again")
        chosen = tuple(f for f in files if any(fnmatch(f.name, pattern) for pattern in part.files))
        if not any(f.name.endswith(".safetensors") for f in chosen):
            raise AdapterError(f"{part.repository}: no safetensors there", "only safetensors are taken, no pickles")
        for remote in chosen:
            _check_name(part, remote.name)
            here = folder / part.folder / remote.name
            known = _key(part, remote.name) in lock.get("files", {})
            if not (known and here.is_file() and here.stat().st_size == remote.size):
                wanted.append((part, commit, remote))
    return Offer(weights.id, weights.licence, sum(r.size for _, _, r in wanted), tuple(wanted))


def _check_name(part: Part, name: str) -> None:
    path = Path(name)
    if path.is_absolute() or ".." in path.parts:
        raise AdapterError(f"{part.repository}: a file called {name}", "this repository is not to be trusted")
    if path.suffix not in (".safetensors", *PLAIN):
        raise AdapterError(
            f"{part.repository}: {name} is no safetensors file", "only safetensors and settings are taken"
        )


def _check_header(path: Path) -> None:
    """A safetensors file begins with the length of a JSON header; a pickle does not."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        head = file.read(length) if 2 <= length <= 100_000_000 else b""
    try:
        good = isinstance(json.loads(head), dict)
    except ValueError:
        good = False
    if not good:
        path.unlink()
        raise AdapterError(f"{path.name}: calls itself safetensors and is not", "deleted; tell its makers")


def _key(part: Part, name: str) -> str:
    return f"{part.folder}/{name}" if part.folder else name


def read_lock(folder: Path) -> dict[str, Any]:
    """lock.json of a folder, {} where there is none. Raises AdapterError when it is broken."""
    path = folder / LOCK
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text())
    except ValueError as error:
        raise AdapterError(f"{path}: broken", "vj models forget ID, then fetch it again") from error
    return found if isinstance(found, dict) else {}


def _write_lock(folder: Path, lock: dict[str, Any]) -> None:
    part = folder / f"{LOCK}.part"
    part.write_text(json.dumps(lock, indent=1, sort_keys=True))
    part.replace(folder / LOCK)


def missing(weights: Weights, folder: Path) -> tuple[str, ...]:
    """What the lock names and the folder lacks, or ("lock.json",) where nothing was fetched; sizes only, so quick."""
    if not weights.parts:
        return () if any(folder.glob("*.safetensors")) else ("*.safetensors",)
    files: dict[str, dict[str, Any]] = read_lock(folder).get("files", {})
    if not files:
        return (LOCK,)
    patterns = [(part, pattern) for part in weights.parts for pattern in part.files if pattern.endswith(".safetensors")]
    lacking = [_key(p, x) for p, x in patterns if not any(fnmatch(name, _key(p, x)) for name in files)]
    gone = [n for n, f in files.items() if not (folder / n).is_file() or (folder / n).stat().st_size != f["size"]]
    return (*lacking, *gone)


def verify(folder: Path) -> Iterator[tuple[str, bool]]:
    """(file, whether its sha256 is the locked one), every file read whole."""
    for name, known in read_lock(folder).get("files", {}).items():
        path = folder / name
        yield name, path.is_file() and digest(path) == known["sha256"]


def digest(path: Path) -> str:
    """sha256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class HuggingFace:
    """The hub of Hugging Face, through its own client."""

    def __init__(self, endpoint: str | None = None) -> None:
        self._endpoint = endpoint

    def files(self, repository: str, revision: str) -> tuple[str, tuple[Remote, ...]]:
        """See Hub."""
        hub, errors = _client()
        try:
            info = hub.HfApi(endpoint=self._endpoint).model_info(repository, revision=revision, files_metadata=True)
        except errors as error:
            raise _unreachable(repository, error) from error
        found = []
        for one in info.siblings or ():
            sha = one.lfs.sha256 if one.lfs else ""
            found.append(Remote(one.rfilename, one.size or 0, sha or ""))
        return str(info.sha), tuple(found)

    def download(self, repository: str, commit: str, name: str, folder: Path) -> None:
        """See Hub."""
        hub, errors = _client()
        place = {"revision": commit, "local_dir": str(folder), "endpoint": self._endpoint}
        try:
            hub.hf_hub_download(repository, name, **place)
        except errors as error:
            raise _unreachable(repository, error) from error


def _client() -> tuple[Any, tuple[type[Exception], ...]]:
    try:
        import huggingface_hub
        from huggingface_hub import errors
    except ModuleNotFoundError as error:
        raise AdapterError(f"{error.name} is not installed: fetching needs it", MEND) from error
    broken = errors.HfHubHTTPError.__bases__[0]  # of whichever HTTP library this version fetches with
    return huggingface_hub, (broken, errors.HfHubHTTPError, errors.HFValidationError, OSError, ValueError)


def _unreachable(repository: str, error: Exception) -> AdapterError:
    line = str(error).strip().split("\n")[0][:160]
    return AdapterError(f"{repository}: {type(error).__name__}: {line}", "with a network, try again: it goes on")

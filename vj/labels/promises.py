"""Promises to label a file that is still growing: kept at the next start when the process that gave them was killed.

A promise is a small file that its process holds a lock on; the system lets go of the lock when the process dies."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from rich.console import Console

from vj.core.paths import config_dir
from vj.labels.about import About
from vj.labels.seal import leftovers, seal


@dataclass(frozen=True, slots=True)
class Promise:
    """Given for the file at `path`; `sealed` keeps it. note None: it could not be written down."""

    path: Path
    note: Path | None = None
    lock: IO[str] | None = None

    def sealed(self, about: About) -> bool:
        """Label the file and forget the promise. Where that fails it was told, and is not tried again."""
        done = seal(self.path, about) if self.path.is_file() else False
        self.forget()
        return done

    def forget(self) -> None:
        """There is nothing to label."""
        if self.note is not None and self.lock is not None:
            self.note.unlink(missing_ok=True)
            self.lock.close()


def promise(path: Path, about: About) -> Promise:
    """Before the first byte is written. Where the folder cannot be written, a crash leaves the file unlabelled."""
    said = asdict(about) | {"inputs": [str(p.resolve()) for p in about.inputs], "marked": about.marked.hex()}
    try:
        folder().mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(".json", "recording-", folder())
        lock = os.fdopen(handle, "w", encoding="utf-8")
        _lock(lock)
        json.dump({"path": str(path.resolve()), "about": said}, lock)
        lock.flush()
    except OSError:
        return Promise(path.resolve())
    return Promise(path.resolve(), Path(name), lock)


def keep() -> list[Path]:
    """Label what processes that are gone had promised to label; the files that were labelled."""
    done = []
    for note in sorted(folder().glob("recording-*.json")):
        with _abandoned(note) as found:
            if found is None:
                continue
            path, about = found
            if path.is_file():
                leftovers(path)
                if seal(path, about):
                    done.append(path)
                    told = f"{path} was left unlabelled by a recording that broke off; it is labelled now"
                    Console(stderr=True).print(told, markup=False, highlight=False, soft_wrap=True)
            note.unlink(missing_ok=True)
    return done


def folder() -> Path:
    """Where promises lie."""
    return config_dir() / "promises"


@contextlib.contextmanager
def _abandoned(note: Path) -> Iterator[tuple[Path, About] | None]:
    """What a note says when nobody holds it any more; None for one that is held, or not to be understood."""
    try:
        with note.open("r+", encoding="utf-8") as file:
            _lock(file)
            said = json.load(file)
            about = said["about"]
            about |= {"inputs": tuple(Path(p) for p in about["inputs"]), "marked": bytes.fromhex(about["marked"])}
            found = Path(said["path"]), About(**about)
            yield found
    except OSError:
        yield None
    except (ValueError, KeyError, TypeError):  # the process died while it wrote the note: nothing was recorded yet
        note.unlink(missing_ok=True)
        yield None


def _lock(file: IO[str]) -> None:
    """Raises OSError when another process has it."""
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

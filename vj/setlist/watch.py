"""Sees that the setlist was saved, loads it off the frame loop, and hands over a setlist or what is wrong with it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from vj.core.errors import VjError
from vj.setlist.schema import Setlist

EVERY_S = 0.25


class SetlistWatch:
    """`poll` in the frame loop costs nothing; the thread looks four times a second and does the work."""

    def __init__(self, path: Path, loader: Callable[[Path], Setlist], every_s: float = EVERY_S) -> None:
        self._path, self._loader, self._every_s = path, loader, every_s
        self._news: Setlist | None = None
        self._error = ""
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(self._stamp(),), name="setlist", daemon=True)
        self._thread.start()

    def poll(self) -> tuple[Setlist | None, str]:
        """A setlist that was saved since the last call (once), and what is wrong with the file now (empty: nothing)."""
        with self._lock:
            news, self._news = self._news, None
            return news, self._error

    def close(self) -> None:
        """End the thread; may be called twice."""
        self._stop.set()
        self._thread.join(2.0)

    def _stamp(self) -> tuple[int, int, int] | None:
        """What changes when a file is saved, also by an editor that renames; None while there is no file."""
        try:
            stat = self._path.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size, stat.st_ino

    def _run(self, loaded: tuple[int, int, int] | None) -> None:
        before = loaded
        while not self._stop.wait(self._every_s):
            stamp = self._stamp()
            # an editor may be in the middle of writing: wait until two looks agree
            if stamp != loaded and stamp == before:
                loaded = stamp
                self._load()
            before = stamp

    def _load(self) -> None:
        news, error = None, ""
        try:
            news = self._loader(self._path)
        except VjError as wrong:
            error = str(wrong)
        except Exception as wrong:  # seam: no save of a file may end the watching
            error = f"{self._path}: {type(wrong).__name__}: {wrong}"
        with self._lock:
            self._news, self._error = news or self._news, error

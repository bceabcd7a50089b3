"""Shaders by name, compiled once, loaded again when the file changes; a broken save keeps what runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import moderngl

from vj.core.errors import ShaderError
from vj.core.types import AudioFeatures, BeatState, Moment
from vj.render import isf, library
from vj.render.compiled import Compiled
from vj.render.gl import Target
from vj.render.isf import IsfFile
from vj.render.program import Date, IsfProgram, fixed_date


@dataclass(slots=True)
class _Entry:
    compiled: Compiled | None
    error: ShaderError | None
    watched: dict[Path, float]


class ShaderStore:
    """`kind` is always generators, effects or transitions; `name` a name there or a path ending in .fs."""

    def __init__(
        self,
        ctx: moderngl.Context,
        base: Path | None = None,
        root: Path | None = None,
        date: Callable[[float], Date] = fixed_date,
    ) -> None:
        """base: the setlist's folder; root: instead of the shaders that came along; date: what DATE shows."""
        self.ctx, self.base, self.root, self.date = ctx, base, root, date
        self.errors: dict[str, str] = {}
        """file -> what is wrong with its newest version"""
        self.generation = 0
        """goes up with every reload that changed something"""
        self._entries: dict[Path, _Entry] = {}

    def names(self, kind: str) -> tuple[str, ...]:
        return library.names(kind, self.root)

    def isf(self, kind: str, name: str) -> IsfFile:
        """The parsed header, without compiling anything new. Raises ShaderError."""
        path = library.find(kind, name, self.base, self.root)
        entry = self._entries.get(path)
        return entry.compiled.isf if entry and entry.compiled else isf.load(path)

    def program(self, kind: str, name: str) -> IsfProgram:
        """A new instance with buffers of its own. Raises ShaderError, quickly when it has failed before."""
        entry = self._entry(library.find(kind, name, self.base, self.root))
        if entry.compiled is None:
            raise entry.error or ShaderError(f"{name}: does not compile")
        return IsfProgram(self.ctx, entry.compiled.isf, entry.compiled, self.date)

    def handle(self, kind: str, name: str) -> Handle:
        """Like `program`, for somebody who keeps it: follows reloads. Raises ShaderError."""
        return Handle(self, kind, name)

    def is_current(self, program: IsfProgram) -> bool:
        entry = self._entries.get(program.isf.path)
        return entry is None or entry.compiled is program.compiled

    def reload_changed(self) -> tuple[str, ...]:
        """Looks at the files' times and compiles what was saved; the names that changed, broken ones too.

        Costs a stat() per file: call it once a second or so.
        """
        changed = []
        for path, entry in list(self._entries.items()):
            now = _times(entry.watched)
            if now == entry.watched:
                continue
            entry.watched = now
            fresh = self._compile(path)
            entry.watched.update(fresh.watched)
            entry.error = fresh.error
            # the old GL program is not released: instances may still draw with it until they look
            entry.compiled = fresh.compiled or entry.compiled
            changed.append(path.stem)
        self.generation += bool(changed)
        return tuple(changed)

    def _entry(self, path: Path) -> _Entry:
        if path not in self._entries:
            self._entries[path] = self._compile(path)
        return self._entries[path]

    def _compile(self, path: Path) -> _Entry:
        watched = [path, path.with_suffix(".vs")]
        try:
            parsed = isf.load(path)
            watched += parsed.files
            compiled = Compiled(self.ctx, parsed)
        except ShaderError as error:
            self.errors[str(path)] = str(error)
            return _Entry(None, error, _times(watched))
        self.errors.pop(str(path), None)
        return _Entry(compiled, None, _times(watched))


class Handle:
    """An instance that is made anew when its file was saved; TIME and buffers then begin again."""

    def __init__(self, store: ShaderStore, kind: str, name: str) -> None:
        self._store, self.kind, self.name = store, kind, name
        self._seen = store.generation
        self._program = store.program(kind, name)

    @property
    def program(self) -> IsfProgram:
        if self._seen != self._store.generation:
            self._seen = self._store.generation
            if not self._store.is_current(self._program):
                self._program.release()
                self._program = self._store.program(self.kind, self.name)
        return self._program

    def warm(self, size: tuple[int, int]) -> None:
        """Draws once into nowhere, as it will be drawn: drivers finish compiling at the first draw, for the formats and
        sizes they then see. No trace is left."""
        scratch, image = Target(self._store.ctx, size), Target(self._store.ctx, size)
        program = self.program
        images = dict.fromkeys(program.isf.image_inputs, image.texture)
        program.draw(scratch, Moment(0.0, 0.0, 0, size, AudioFeatures(), BeatState()), {}, images)
        program.reset()
        scratch.release()
        image.release()

    def release(self) -> None:
        self._program.release()


def _times(paths: Iterable[Path]) -> dict[Path, float]:
    times = {}
    for path in paths:
        try:
            times[path] = path.stat().st_mtime
        except OSError:
            times[path] = 0.0
    return times

"""A row of effects between a picture and where it is to end up. A broken effect is left out, and said."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection

import moderngl

from vj.core.errors import VjError
from vj.core.types import EffectLook, Moment
from vj.render.gl import COPY_FS, Pass, Pool, Target
from vj.render.store import Handle, ShaderStore

Draw = Callable[[Target], None]
Key = tuple[str, int, str]


class EffectChains:
    """Every chain has an `owner` (a layer's key, `scene:NAME`, `master`), on which its buffers hang."""

    def __init__(self, store: ShaderStore, pool: Pool, errors: dict[str, str]) -> None:
        """errors: `owner effect N` -> the newest error's text, removed when the effect works again."""
        self._store, self._pool, self._errors = store, pool, errors
        self._handles: dict[Key, Handle | None] = {}
        self._copy = Pass(store.ctx, COPY_FS, ("image",), "copy")

    def prepare(self, owner: str, effects: tuple[EffectLook, ...], size: tuple[int, int]) -> None:
        """Compiles what is not compiled yet, and draws it once into nowhere. Failures show when it is drawn."""
        for index, effect in enumerate(effects):
            if (owner, index, effect.shader) in self._handles:
                continue
            handle = self._handle(owner, index, effect.shader)
            with contextlib.suppress(VjError, moderngl.Error):
                if handle is not None:
                    handle.warm(size)

    def draw(
        self,
        owner: str,
        effects: tuple[EffectLook, ...],
        first: Draw,
        out: Target,
        now: Moment,
        feedback: moderngl.Texture,
    ) -> None:
        """`first` draws the picture, the effects follow, the last of them draws into `out`.

        Effects see the picture as `inputImage` and the last master picture as `feedback`.
        """
        ready = []
        for index, effect in enumerate(effects):
            handle = self._handle(owner, index, effect.shader)
            if handle is not None:
                ready.append((index, effect, handle))
        if not ready:
            first(out)
            return
        current = self._pool.take(out.size)
        first(current)
        for index, effect, handle in ready:
            into = out if index == ready[-1][0] else self._pool.take(out.size)
            images = {"inputImage": current.texture, "feedback": feedback}
            try:
                handle.program.draw(into, now, effect.params, images)
                self._errors.pop(_place(owner, index), None)
            except (VjError, moderngl.Error) as error:
                self._errors[_place(owner, index)] = str(error)
                self._copy.draw(into.fbo, {"image": current.texture}, {"size": into.float_size})
            self._pool.give(current)
            current = into

    def prune(self, owners: Collection[str]) -> None:
        """Forgets the chains of all other owners."""
        for key in [k for k in self._handles if k[0] not in owners]:
            self._drop(key)

    def forget_failures(self) -> None:
        """What failed to load is tried again when it is drawn next."""
        for key in [k for k, handle in self._handles.items() if handle is None]:
            self._drop(key)

    def release(self) -> None:
        for key in list(self._handles):
            self._drop(key)
        self._copy.release()

    def _handle(self, owner: str, index: int, shader: str) -> Handle | None:
        key = (owner, index, shader)
        if key not in self._handles:
            for other in [k for k in self._handles if k[:2] == key[:2]]:
                self._drop(other)
            try:
                self._handles[key] = self._store.handle("effects", shader)
            except VjError as error:
                self._handles[key] = None
                self._errors[_place(owner, index)] = str(error)
        return self._handles[key]

    def _drop(self, key: Key) -> None:
        handle = self._handles.pop(key)
        self._errors.pop(_place(key[0], key[1]), None)
        if handle is not None:
            handle.release()


def _place(owner: str, index: int) -> str:
    return f"{owner} effect {index + 1}"

"""`camera:ADDRESS`: a live camera. The newest picture is shown; of one that is gone the last, for a moment."""

from __future__ import annotations

from collections.abc import Mapping

import moderngl

from vj.core.errors import DeviceError, discreet
from vj.core.types import FrameSource, Moment, Param, Value
from vj.files.camera import address_in, check
from vj.files.capture import MEND_PAST, NO_CONSENT, NO_PAST, Cameras
from vj.render import fit
from vj.render.gl import Target
from vj.sources.context import SourceContext
from vj.sources.video import upload

MIRROR = Param("mirror", "bool", False, label="left and right changed, as in a mirror")
PARAMS = (*fit.PARAMS, MIRROR)


def open(argument: str, stage: SourceContext) -> FrameSource:
    """argument: a number, part of a name, /dev/videoN or the address of a network camera; none: camera 0.

    The camera itself is opened on a thread of its own: one that is not there is no error, its layer falls back. Raises
    DeviceError for an address that can never be one, for a missing package, without consent, and offline."""
    address = address_in(f"camera:{argument}") or ""
    check(address)
    if stage.offline:
        raise DeviceError(f"camera:{discreet(address)}: {NO_PAST}", MEND_PAST)
    if stage.cameras is None or not stage.cameras.allowed(address):
        raise DeviceError(f"camera:{discreet(address)}: {NO_CONSENT}")
    return CameraSource(stage.ctx, stage.cameras, address)


class CameraSource:
    opaque = False

    def __init__(self, ctx: moderngl.Context, cameras: Cameras, address: str) -> None:
        self.params: tuple[Param, ...] = PARAMS
        self._ctx, self._cameras, self._address = ctx, cameras, address
        self._fit, self._open = fit.Fit(ctx), True
        self._texture: moderngl.Texture | None = None
        self._shown = 0.0
        self._warm()

    def draw(self, target: Target, now: Moment, params: Mapping[str, Value]) -> bool:
        """False when no picture is there, or the last one has become too old to pass for live."""
        newest = self._cameras.newest(self._address)
        if newest is None:
            return False
        if newest.t != self._shown or self._texture is None:
            self._texture = upload(self._ctx, self._texture, newest.pixels)
            self._shown = newest.t
        self._fit.draw(target, self._texture, params, mirror=bool(params.get(MIRROR.name, False)))
        return True

    def close(self) -> None:
        """The camera goes on for other layers; the setlist says when it ends."""
        if self._open:
            self._open = False
            self._fit.release()
            if self._texture is not None:
                self._texture.release()

    def _warm(self) -> None:
        """Draw once into nowhere: drivers compile at the first draw, and the first picture comes in mid-show."""
        texture, target = self._ctx.texture((2, 2), 3, bytes(12), alignment=1), Target(self._ctx, (16, 16))
        self._fit.draw(target, texture, {})
        target.release()
        texture.release()

"""`image:FILE`: a still picture (PNG, JPEG, WebP, GIF ...), with its transparency."""

from __future__ import annotations

from collections.abc import Mapping

import moderngl
import numpy as np
from PIL import Image, ImageOps

from vj.core.errors import MediaError
from vj.core.types import FrameSource, Moment, Param, Value
from vj.render.fit import PARAMS, Fit
from vj.render.gl import Target, texture_from
from vj.sources.context import SourceContext


def open(argument: str, stage: SourceContext) -> FrameSource:
    """argument: a path, relative to the setlist. Raises MediaError."""
    path = stage.base / argument
    try:
        with Image.open(path) as picture:
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except FileNotFoundError as error:
        raise MediaError(f"{path}: no such picture", "check the path; it is relative to the setlist") from error
    except OSError as error:
        raise MediaError(f"{path}: not a picture that can be read: {error}") from error
    limit = int(stage.ctx.info["GL_MAX_TEXTURE_SIZE"])
    if max(upright.size) > limit:
        upright.thumbnail((limit, limit))
    return ImageSource(stage.ctx, texture_from(stage.ctx, np.asarray(upright)))


class ImageSource:
    opaque = False

    def __init__(self, ctx: moderngl.Context, texture: moderngl.Texture) -> None:
        self.params: tuple[Param, ...] = PARAMS
        self._fit, self._texture, self._open = Fit(ctx), texture, True
        # photographs are mostly larger than the stage: without mipmaps they would crawl while they move
        texture.build_mipmaps()
        texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)

    def draw(self, target: Target, now: Moment, params: Mapping[str, Value]) -> bool:
        self._fit.draw(target, self._texture, params)
        return True

    def close(self) -> None:
        if self._open:
            self._open = False
            self._fit.release()
            self._texture.release()

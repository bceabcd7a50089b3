"""A video in another manner, after a picture or after words: the job of `vj style`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from vj.audio.file import read
from vj.core.errors import VjError
from vj.core.policy import permitted
from vj.files import video as film
from vj.studio.consent import consented
from vj.studio.house import house_of
from vj.studio.output import RATE, Made, Options, Writing, plainly, write
from vj.studio.prompt import understood

if TYPE_CHECKING:
    from engine.pipelines.style import Styler

GUIDANCE = 2.0


def style(
    video: Path | str,
    out: Path | str,
    options: Options = Options(),
    prompt: str = "",
    reference: Path | str | None = None,
    strength: float = 0.7,
) -> Made:
    """The video drawn with the colours and strokes of the picture `reference`, dreamed over by the house model as
    `prompt` says, or both, the picture first. strength 0-1; 0 is the source, bit for bit (before H.264).

    The sound is kept. Raises VjError for a strength out of range, neither or no known words; MediaError for files."""
    if not 0.0 <= strength <= 1.0:
        raise VjError(f"strength {strength:g}", "0 (the source) to 1")
    if not prompt and reference is None:
        raise VjError("style: nothing to go by", "give --reference IMAGE or --prompt TEXT")
    permitted(prompt)
    consented([Path(path) for path in (video, reference) if path], options.consent, quiet=options.quiet)
    info = film.probe(video)
    cv2.setNumThreads(options.threads or -1)
    size = options.size or (info.size[0] & ~1, info.size[1] & ~1)
    fps = options.fps or info.fps
    seconds = min(info.seconds, options.seconds or info.seconds)
    most = max(1, round(seconds * fps)) if options.seconds else None
    label = {"pipeline": "style", "source": info.path.name, "strength": f"{strength:g}"}
    with plainly():
        styler = _styler(options, prompt, reference, strength)
    if prompt:
        label |= {"prompt": prompt, "model": "house", "denoiser": house_of().sha.get("denoiser", "")[:12]}
    if reference is not None:
        label["reference"] = Path(reference).name

    def frames() -> Iterator[film.Frame]:
        from engine.pipelines.style import styled

        source = islice(evenly(info, fps, options.size), most)
        return source if strength == 0 else styled(source, styler)

    sound = read(info.path, RATE)[0] if info.sound else None
    how = Writing(size, fps, options, label, "drawing", sound, (video, reference))
    with plainly():
        return write(frames(), max(1, round(seconds * fps)), Path(out), how)


def evenly(info: film.Info, fps: float, size: tuple[int, int] | None) -> Iterator[film.Frame]:
    """Frames of the file; where no size is asked for, an odd row or column is cut off rather than all resampled."""
    width, height = info.size
    for frame in film.frames(info.path, fps, size):
        yield frame if size else frame[: height & ~1, : width & ~1]


def _styler(options: Options, prompt: str, reference: Path | str | None, strength: float) -> Styler:
    """Raises EngineError for a prompt without a word that is known."""
    from engine.pipelines.style import NATIVE, Dreamer, chained
    from engine.types import Request
    from engine.vision.transfer import Manner, Transfer

    stylers: list[Styler] = []
    if reference is not None:
        stylers.append(Transfer(Manner.of(film.picture(reference), NATIVE), strength))
    if prompt:
        house = house_of(options.threads)
        understood(house, prompt, options.quiet)
        request = Request(
            prompts=((prompt, 1.0),),
            seed=options.seed,
            strength=strength,
            steps=options.steps or 1,
            controls={"guidance": options.guidance or GUIDANCE},
        )
        stylers.append(Dreamer.of(house, request))
    return stylers[0] if len(stylers) == 1 else chained(*stylers)

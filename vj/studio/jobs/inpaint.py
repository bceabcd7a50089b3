"""Things taken out of a video: the job of `vj inpaint`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, tee
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from vj.audio.file import read
from vj.core.errors import VjError
from vj.files import video as film
from vj.studio.house import house_of
from vj.studio.jobs.style import GUIDANCE, evenly
from vj.studio.output import RATE, Made, Options, Writing, plainly, write
from vj.studio.prompt import understood

if TYPE_CHECKING:
    from engine.pipelines.inpaint import Painter

Mask = NDArray[np.bool_]
Box = tuple[float, float, float, float]
"""x, y of the upper left corner, width, height in pixels of the source"""
WINDOW_S = 2.0
"""seconds that are looked at on either side"""
WINDOW_BYTES = 640_000_000
"""of frames that are held at once; larger pictures get a shorter window"""
LEAST = 8
"""frames on either side, however large they are"""


@dataclass(frozen=True, slots=True)
class Area:
    """What shall go: exactly one of the three."""

    mask: Path | str | None = None
    """a picture (white goes, or its alpha) or a video of masks"""
    box: Box | None = None
    """the same place in every frame"""
    track: Box | None = None
    """a thing that is there in the first frame, followed through the clip"""


@dataclass(frozen=True, slots=True)
class Edge:
    """grow, feather: pixels that the mask is made larger by, and that its edge goes over into the source in; 0 grow:
    1/180 of the height. prompt: what the house model makes of what no frame shows; "": patches of what is around."""

    grow: int = 0
    feather: int = 4
    prompt: str = ""


@dataclass(slots=True)
class Lost:
    """Frames in which a tracked box was not found."""

    frames: list[int] = field(default_factory=list)


def inpaint(
    video: Path | str,
    out: Path | str,
    options: Options = Options(),
    mask: Path | str | None = None,
    box: Box | None = None,
    track: Box | None = None,
) -> Made:
    """The video without what the mask (a picture or a video), the box or the tracked box covers. The sound is kept.

    See `taken_out`, which has more to say on the edge."""
    return taken_out(video, out, options, Area(mask, box, track))


def taken_out(video: Path | str, out: Path | str, options: Options, area: Area, edge: Edge = Edge()) -> Made:
    """Raises VjError for none or several areas, and a box outside; MediaError for files, and a mask of another shape.

    A mask video is read at the clip's rate; where it is shorter its last mask is held."""
    info = film.probe(video)
    cv2.setNumThreads(options.threads or -1)
    size, fps = (info.size[0] & ~1, info.size[1] & ~1), options.fps or info.fps
    seconds = min(info.seconds, options.seconds or info.seconds)
    most = max(1, round(seconds * fps)) if options.seconds else None
    _check(area, size, info.path)
    side = int(min(WINDOW_S * fps, max(LEAST, WINDOW_BYTES / (2 * 4 * size[0] * size[1]))))
    lost, console = Lost(), Console(stderr=True, quiet=options.quiet)
    with plainly():
        paint = _painter(options, edge)

    def frames() -> Iterator[film.Frame]:
        from engine.pipelines.inpaint import How, removed

        how = How(side, side, edge.grow or max(2, size[1] // 180), edge.feather)
        how = how if paint is None else How(how.ahead, how.behind, how.grow, how.feather, paint)
        pictures, looked = tee(islice(evenly(info, fps, None), most))
        pairs = zip(pictures, masks(area, looked, info, fps, lost), strict=False)
        return removed(pairs, how)

    label = {"pipeline": "inpaint", "source": info.path.name, "area": _said(area)}
    label |= {"edge": f"{edge.grow}, {edge.feather}"} | (
        {"prompt": edge.prompt, "model": "house"} if edge.prompt else {}
    )
    sound = read(info.path, RATE)[0] if info.sound else None
    writing = Writing(options.size or size, fps, options, label, "taking out", sound, (video, area.mask))
    with plainly():
        made = write(frames(), max(1, round(seconds * fps)), Path(out), writing)
    if lost.frames:
        told = f"the box was not found again in {len(lost.frames)} frames (first: {lost.frames[0]})"
        console.print(f"{told}: it was left where it was last seen -- look there, or give --mask", soft_wrap=True)
    return made


def masks(area: Area, frames: Iterator[film.Frame], info: film.Info, fps: float, lost: Lost) -> Iterator[Mask]:
    """A mask for each frame, true on what shall go, of the size of the frames."""
    if area.track is not None:
        yield from followed(area.track, frames, lost)
    elif area.box is not None:
        for frame in frames:
            yield boxed(area.box, (frame.shape[1], frame.shape[0]))
    else:
        path = Path(str(area.mask))
        if path.suffix.lower() in film.STILLS:
            still = film.mask(path, info.size) > 0.5
            for frame in frames:
                yield still[: frame.shape[0], : frame.shape[1]]
        else:
            yield from filmed(path, frames, info, fps)


def followed(box: Box, frames: Iterator[film.Frame], lost: Lost) -> Iterator[Mask]:
    from engine.vision.track import tracked

    frames, looked = tee(frames)
    for number, (frame, found) in enumerate(zip(frames, tracked(looked, box), strict=False)):
        if found.lost:
            lost.frames.append(number)
        yield boxed(found.box, (frame.shape[1], frame.shape[0]))


def filmed(path: Path, frames: Iterator[film.Frame], info: film.Info, fps: float) -> Iterator[Mask]:
    """Masks of a video, at the rate of the clip; the last one is held."""
    found = film.probe(path)
    film.same_shape(path, found.size, info.size)
    reel, last = film.frames(path, fps), np.zeros((info.size[1], info.size[0]), bool)
    for frame in frames:
        shown = next(reel, None)
        if shown is not None:
            large = cv2.resize(shown, info.size, interpolation=cv2.INTER_AREA)
            last = np.asarray(large.max(axis=2) > 127)
        yield last[: frame.shape[0], : frame.shape[1]]


def boxed(box: Box, size: tuple[int, int]) -> Mask:
    """[H, W], true in the box; a pixel that is partly in it is in it."""
    x, y, w, h = box
    mask = np.zeros((size[1], size[0]), bool)
    x0, y0, x1, y1 = int(np.floor(x)), int(np.floor(y)), int(np.ceil(x + w)), int(np.ceil(y + h))
    mask[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)] = True
    return mask


def _check(area: Area, size: tuple[int, int], path: Path) -> None:
    given = [part for part in (area.mask, area.box, area.track) if part is not None]
    if len(given) != 1:
        raise VjError(f"inpaint: {len(given)} areas", "give one of --mask FILE, --box x,y,w,h and --track x,y,w,h")
    box = area.box or area.track
    if box is None:
        return
    x, y, w, h = box
    if w < 2 or h < 2 or x + w <= 0 or y + h <= 0 or x >= size[0] or y >= size[1]:
        raise VjError(f"box {x:g},{y:g},{w:g},{h:g}: not in {path}, {size[0]}x{size[1]}", "x,y,w,h in its pixels")
    if w * h >= 0.8 * size[0] * size[1]:
        raise VjError(f"box {x:g},{y:g},{w:g},{h:g}: nearly all of {path}, {size[0]}x{size[1]}", "make it smaller")


def _painter(options: Options, edge: Edge) -> Painter | None:
    if not edge.prompt:
        return None
    from engine.pipelines.inpaint import dreaming
    from engine.pipelines.style import Dreamer
    from engine.types import Request

    house = house_of(options.threads)
    understood(house, edge.prompt, options.quiet)
    request = Request(
        prompts=((edge.prompt, 1.0),),
        seed=options.seed,
        strength=0.8,
        steps=options.steps or 1,
        controls={"guidance": options.guidance or GUIDANCE},
    )
    return dreaming(Dreamer.of(house, request))


def _said(area: Area) -> str:
    if area.mask is not None:
        return Path(str(area.mask)).name
    kind, box = ("box", area.box) if area.box is not None else ("track", area.track)
    return f"{kind} " + ",".join(f"{v:g}" for v in box or ())

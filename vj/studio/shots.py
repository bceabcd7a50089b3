"""What a camera is pointed at: a scene of our own, the scene nearest to some words, or a picture with depth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.vision.camera3d import EASINGS, View
from vj.core.errors import MediaError, VjError, nearest
from vj.core.types import Value
from vj.files import video
from vj.studio.camerapath import Move, move
from vj.studio.captions import named_palette
from vj.studio.output import Options
from vj.studio.scenes3d import SCENES, Scene, Studio, names

if TYPE_CHECKING:
    from engine.model.house import House
    from engine.pipelines.dress import Look, Render

PICTURES = video.STILLS
VIDEOS = (".mp4", ".mov", ".mkv", ".webm", ".avi")
NATIVE, LIFTED = (512, 288), (960, 540)
"""sizes at which scenes and lifted pictures are drawn"""
BEATS_A_TURN = 16.0
"""of a scene's own motion, as on the stage"""
CLEAR = 0.3
"""weight of a palette from which on it is heard in a prompt"""
NEAR, FAR = 1.4, 9.0
"""depth of what is nearest and farthest in a picture, scene units"""
STILL = Scene(
    (), (0.0, 0.0, 0.0), 0.12, 0.0, ((0.0, 0.0, 0.05), (0.0, 0.0, -0.42)), 50.0, -0.10, 0.10, True, (0.0, 0.0, -2.6)
)
"""where a camera is at home before a lifted picture"""


@dataclass(frozen=True, slots=True)
class Shot:
    """How `vj camera` films; see there. native: the size it is drawn at, None: what suits; radius: of the upscaler."""

    path: str = "orbit"
    strength: float = 0.5
    style: str = ""
    bpm: float = 120.0
    native: tuple[int, int] | None = None
    radius: int = 1
    depth: Path | None = None
    """nearness of a picture, white near: a still or a video"""
    ease: str = ""
    """of the whole path; empty: the path's own"""
    shake: float = -1.0
    """0-1; negative: the path's own"""
    supersample: int = 2


@dataclass(frozen=True, slots=True)
class Subject:
    """What is filmed: a scene by name, or a picture; what it is dressed in, "" for nothing."""

    scene: str
    picture: Path | None
    prompt: str
    palette: int = -1

    @property
    def home(self) -> Scene:
        return SCENES[self.scene] if self.scene else STILL


def subject(what: str, shot: Shot, house: House | None) -> Subject:
    """Raises VjError for words of which none is known, MediaError for a picture that is not there.

    house: for words alone; None where `what` is a scene or a file."""
    if what in SCENES:
        return Subject(what, None, shot.style, _palette(shot.style, house))
    if Path(what).suffix.lower() in PICTURES:
        if not Path(what).is_file():
            raise MediaError(f"{what}: no such picture", "check the name")
        return Subject("", Path(what), shot.style)
    if Path(what).suffix.lower() in VIDEOS:
        raise MediaError(f"{what}: is a video", "give a picture, a scene or words")
    if house is None or house.text is None:
        raise VjError(f"{what!r}: needs the model's words", getattr(house, "missing", "") or "make setup")
    unknown = house.text.unknown(what)
    if not house.text.vector(what)[1]:
        near = nearest(what, names())
        raise VjError(
            f"{what!r}: no word in it that is known{near}", f"say what to see, or a scene: {', '.join(names())}"
        )
    if unknown and all(not house.text.knows(word) for word in what.lower().split()):
        near = ", ".join(dict.fromkeys(w for u in unknown for w, _ in house.text.nearest(u, 2)))
        raise VjError(f"{what!r}: knows none of its words ({', '.join(unknown)})", f"the nearest it knows: {near}")
    words = ", ".join(part for part in (what, shot.style) if part)
    return Subject(nearest_scene(what, house), None, words, _palette(words, house))


def needs_words(what: str, shot: Shot) -> bool:
    """Whether the house model must be loaded to know what is meant, or to dress it."""
    named = what in SCENES or Path(what).suffix.lower() in (*PICTURES, *VIDEOS)
    return not named or bool(shot.style)


def nearest_scene(prompt: str, house: House) -> str:
    """The scene one of whose words means most nearly what the prompt says; the prompt's words count one by one too."""
    assert house.text is not None
    from engine.model.text import words

    whole = house.text.vector(prompt)[0]
    parts = [house.text.vector(word) for word in words(prompt)]
    best, found = -2.0, names()[0]
    for name in names():
        said = [house.text.vector(text)[0] for text in (name, *SCENES[name].words)]
        likeness = max(float(v @ whole) for v in said)
        likeness += 0.6 * max((float(v @ part) for v in said for part, known in parts if known), default=0.0)
        if likeness > best:
            best, found = likeness, name
    return found


def _palette(prompt: str, house: House | None) -> int:
    """The palette that the words name, else the one that the model hears in them, -1 for none."""
    if not prompt or house is None or house.denoiser is None:
        return -1
    from engine.model.prompt import heard

    if (named := named_palette(prompt)) is not None:
        return named
    told = heard(house, ((prompt, 1.0),))
    rows = [(float(told.attributes[i] * told.attributes_known[i]), int(name.partition("/")[2]))
            for i, name in enumerate(house.names) if name.startswith("palette/")]  # fmt: skip
    weight, which = max(rows, default=(0.0, -1))
    return which if weight > CLEAR else -1


def look(found: Subject, shot: Shot, options: Options) -> Look | None:
    """What it is dressed in; None: nothing, the bare render is shown."""
    from engine.pipelines.dress import Look

    if shot.strength <= 0 or not found.prompt:
        return None
    fall = 0.14 if found.scene else 0.25
    return Look(found.prompt, shot.strength, options.steps, options.guidance, options.seed, 1.0, fall)


def moves(found: Subject, shot: Shot, options: Options) -> Move:
    """The camera's way. Raises VjError for a path, easing or tempo that is none."""
    if not 20 <= shot.bpm <= 400:
        raise VjError(f"--bpm {shot.bpm:g}", "from 20 to 400 beats per minute")
    if shot.ease and shot.ease not in EASINGS:
        raise VjError(f"--ease {shot.ease}{nearest(shot.ease, EASINGS)}", f"there are: {', '.join(EASINGS)}")
    way = move(shot.path, found.home, options.seconds, shot.bpm, options.seed)
    way = replace(way, ease=shot.ease) if shot.ease else way
    return replace(way, shake=shot.shake) if shot.shake >= 0 else way


def native(found: Subject, shot: Shot, size: tuple[int, int]) -> tuple[int, int]:
    """The size it is drawn at: about as many pixels as NATIVE has, in the shape of `size`, and never larger."""
    if shot.native:
        return min(shot.native[0], size[0]), min(shot.native[1], size[1])
    most = NATIVE if found.scene else LIFTED
    scale = min(1.0, (most[0] * most[1] / (size[0] * size[1])) ** 0.5)
    return max(16, 2 * round(size[0] * scale / 2)), max(16, 2 * round(size[1] * scale / 2))


def values(found: Subject, t: float, shot: Shot, seed: int) -> dict[str, Value]:
    """Inputs of the scene's shader at t seconds."""
    set_: dict[str, Value] = {"motion": (t * shot.bpm / 60 / BEATS_A_TURN) % 1.0, "seed": (seed * 0.61803) % 1.0}
    return set_ | ({"palette": found.palette} if found.palette >= 0 else {})


def filmed(found: Subject, views: Iterator[tuple[float, View]], shot: Shot, size: tuple[int, int], seed: int
           ) -> Iterator[Render]:  # fmt: skip
    """Frames with depth, one for each (seconds, view)."""
    from engine.pipelines.dress import Render

    if found.picture is None:
        studio = Studio(found.scene, size, shot.supersample)
        try:
            for t, view in views:
                now = values(found, t, shot, seed)
                yield Render(studio.colour(view, now), studio.depth(view, now), view)
        finally:
            studio.close()
        return
    from engine.pipelines.reproject import flown, lift

    picture = video.picture(found.picture, _cover(size))
    lifted = lift(picture, _deep(nearness(picture, shot.depth)))
    rest = lifted.fov / STILL.fov
    eyes = (replace(view, fov=view.fov * rest) for _, view in views)
    for frame, depth, view in flown(lifted, eyes, size):
        yield Render(frame, depth, view)


def _cover(size: tuple[int, int]) -> tuple[int, int]:
    """The size at which a picture is lifted: the crop of it is then seen one to one."""
    from engine.pipelines.reproject import CROP

    return 2 * round(size[0] / CROP / 2), 2 * round(size[1] / CROP / 2)


def nearness(picture: video.Frame, depth: Path | None) -> NDArray[np.float32]:
    """[h, w], 0-1: what the file says (the first frame of a video), else an estimate."""
    size = (picture.shape[1], picture.shape[0])
    if depth is None:
        from engine.vision.nearness import estimate

        return np.asarray(estimate(picture), np.float32)
    moving = depth.suffix.lower() in VIDEOS
    frame = next(iter(video.frames(depth, size=size))) if moving else video.picture(depth, size)
    return np.asarray(frame.astype(np.float32).mean(-1) / 255.0, np.float32)


def _deep(near: NDArray[np.float32]) -> NDArray[np.float32]:
    """Nearness 0-1 as depth: even steps of nearness are even steps of parallax."""
    return (1.0 / (1.0 / FAR + near * (1.0 / NEAR - 1.0 / FAR))).astype(np.float32)


def sheet(size: tuple[int, int] = (384, 216), supersample: int = 2) -> video.Frame:
    """All scenes on a dolly and an orbit, and their depth: two scenes to a row, three pictures each. For the docs."""
    cells = []
    for name in names():
        found, studio = Subject(name, None, ""), Studio(name, size, supersample)
        for path, t in (("dolly", 4.5), ("orbit", 1.2)):
            view = moves(found, Shot(path), Options(seconds=8.0)).view(t)
            cells.append(studio.colour(view, values(found, t, Shot(), 0)))
        near = np.exp(-0.12 * studio.depth(view, values(found, t, Shot(), 0)))
        cells.append(np.repeat((255 * near).astype(np.uint8)[..., None], 3, 2))
        studio.close()
    rows = [np.concatenate(cells[i : i + 6], 1) for i in range(0, len(cells), 6)]
    return np.concatenate([row for row in rows if row.shape == rows[0].shape])

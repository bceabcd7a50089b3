"""`vj multiview`: several videos of one scene that agree with each other: a stereo pair, a quad of cameras, a ring."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from engine.vision.camera3d import View, about, beside, matrix, times
from vj.core.errors import VjError, nearest
from vj.core.policy import permitted
from vj.files.media import MovieSettings, MovieWriter
from vj.files.video import Frame
from vj.labels.about import About, kind_of
from vj.labels.seal import seal
from vj.studio.house import house_of
from vj.studio.output import Made, Options, Writing, write
from vj.studio.shots import Shot, Subject, filmed, look, moves, native, needs_words, subject

if TYPE_CHECKING:
    from engine.model.house import House
    from engine.pipelines.dress import Look, Render

LAYOUTS = {"stereo": 2, "quad": 4, "360": 6}
"""and how many views they have when nothing is said"""
APART = 0.045
"""of neighbouring cameras, as a share of the way to what they look at"""
OVERLAP = 1.12
"""how much wider a view of the ring is than its share of it"""
WIDEST = 3840
"""pixels of the video that shows all views"""


@dataclass(frozen=True, slots=True)
class Rig:
    """How the cameras stand. layout "": by the number; views 0: as many as the layout has."""

    layout: str = ""
    views: int = 0
    apart: float = APART

    def settled(self) -> Rig:
        """Both known. Raises VjError for what cannot be."""
        if self.layout and self.layout not in LAYOUTS:
            raise VjError(f"--layout {self.layout}{nearest(self.layout, LAYOUTS)}", f"there are: {', '.join(LAYOUTS)}")
        count = self.views or LAYOUTS[self.layout or "stereo"]
        layout = self.layout or {2: "stereo", 4: "quad"}.get(count, "360")
        least, most = {"stereo": (2, 2), "quad": (4, 4), "360": (3, 16)}[layout]
        if not least <= count <= most:
            raise VjError(f"--views {count} with --layout {layout}", f"{least} to {most} views" if most > least else
                          f"{layout} has {least}")  # fmt: skip
        return replace(self, layout=layout, views=count)


def multiview(
    what: str, out: Path | str, options: Options = Options(), shot: Shot = Shot(), rig: Rig = Rig()
) -> Made:  # fmt: skip
    """Films one scene from several cameras at once: OUT_1.mp4 ... and OUT.mp4 with all of them side by side.

    The first view is dressed; the others show it, moved by exact depth, wherever it saw what they see. 4 s, 24 fps.
    Raises VjError as `camera` does, and for layouts that cannot be.
    Example: `multiview("crystals", "gems.mp4", Options(seconds=2), Shot(style="ice"), Rig("stereo"))`"""
    if options.resume:
        raise VjError("multiview cannot go on with a part of its videos", "leave --resume away")
    options = options.known(size=(1920, 1080), fps=24.0, seconds=4.0, steps=1, guidance=2.0)
    assert options.size is not None
    permitted(what, shot.style)
    rig, out = rig.settled(), Path(out)
    if not out.name:
        raise VjError("multiview: no name for the videos", "give -o OUT.mp4; the views are named after it")
    house = house_of(options.threads) if needs_words(what, shot) else None
    found = subject(what, shot, house)
    if found.picture is not None:
        raise VjError(f"{what}: is a picture", "give a scene or words; vj camera flies through pictures")
    way, dress, size = moves(found, shot, options), look(found, shot, options), native(found, shot, options.size)
    total = max(1, round(options.seconds * options.fps))

    def track(k: int) -> Iterator[tuple[float, View]]:
        times = (i / options.fps for i in range(total))
        return ((t, stand(way.view(t), k, rig, found, size)) for t in times)

    films = [filmed(found, track(k), shot, size, options.seed) for k in range(rig.views)]
    label = {"pipeline": "multiview", "scene": found.scene, "layout": rig.layout, "views": str(rig.views)}
    label |= {"path": shot.path, "seed": str(options.seed)}
    if dress is not None:
        label |= {"model": "house", "prompt": found.prompt, "strength": f"{shot.strength:g}"}
    sheet = contact_size(options.size, rig)
    frames = _shown(agreed(films, dress, house), out, options, rig, label)
    return write(
        frames,
        total,
        out,
        Writing(sheet, options.fps, options, label, "dreaming" if dress else "filming", resumable=False),
    )


def stand(view: View, number: int, rig: Rig, found: Subject, size: tuple[int, int]) -> View:
    """Where camera `number` stands when the path is at `view`."""
    if rig.layout == "360":
        wide = np.deg2rad(min(150.0, 360 / rig.views * OVERLAP))
        tall = float(np.rad2deg(2 * np.arctan(np.tan(wide / 2) * size[1] / size[0])))
        level = _levelled(view)
        return View(view.eye, times(about((0, 1, 0), -360 * number / rig.views), level), min(tall, 150.0))
    home = found.home
    away = 6.0 if home.inside else float(np.linalg.norm(view.eye - np.array(home.target)))
    gap = rig.apart * away
    if rig.layout == "stereo":
        return beside(view, gap * (number - 0.5))
    right, up = gap * ((number % 2) - 0.5), gap * (0.5 - number // 2)
    moved = beside(view, right)
    return replace(moved, eye=moved.eye + up * matrix(view.turn)[:, 1])


def _levelled(view: View) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The turn without pitch and roll: a ring of cameras stands upright."""
    back = matrix(view.turn)[:, 2]
    return about((0, 1, 0), float(np.rad2deg(np.arctan2(back[0], back[2]))))


def agreed(films: Sequence[Iterator[Render]], dress: Look | None, house: House | None) -> Iterator[list[Frame]]:
    """For each moment the frames of all views. Dressed, every view shows what those before it saw, moved by depth."""
    if dress is None or house is None:
        for renders in zip(*films, strict=True):
            yield [render.frame for render in renders]
        return
    from engine.pipelines.dress import Wardrobe, agreeing

    wardrobes = [Wardrobe(dress, house) for _ in films]
    for renders in zip(*films, strict=True):
        made: list[tuple[Frame, Render]] = []
        for wardrobe, render in zip(wardrobes, renders, strict=True):
            own = wardrobe.dress(render)
            near = made[:1] + made[:0:-1][:2] if made else []
            made.append((agreeing(own, render, near)[0], render))
        yield [frame for frame, _ in made]


def contact_size(size: tuple[int, int], rig: Rig) -> tuple[int, int]:
    """Of the video with all views, each of the shape of `size`."""
    across, down = grid_of(rig)
    scale = min(1.0, WIDEST / (across * size[0]))
    return across * (2 * round(size[0] * scale / 2)), down * (2 * round(size[1] * scale / 2))


def grid_of(rig: Rig) -> tuple[int, int]:
    """Views across and down."""
    return (2, 2) if rig.layout == "quad" else (rig.views, 1)


def _shown(
    sets: Iterator[list[Frame]], out: Path, options: Options, rig: Rig, label: dict[str, str]
) -> Iterator[Frame]:
    """The views side by side; each is also written to a file of its own, under its name when all are whole."""
    assert options.size is not None
    (across, down), sheet = grid_of(rig), contact_size(options.size, rig)
    tile = (sheet[0] // across, sheet[1] // down)
    writers: list[MovieWriter] = []
    abouts = [_about(label | {"view": str(k + 1)}, options) for k in range(rig.views)]
    whole = False
    try:
        for i, frames in enumerate(sets):
            if not writers:
                writers = [_writer(out, abouts[k], k, options) for k in range(rig.views)]
            large = [cv2.resize(frame, options.size, interpolation=cv2.INTER_LANCZOS4) for frame in frames]
            for writer, frame in zip(writers, large, strict=True):
                writer.video(np.asarray(frame, np.uint8), i / options.fps)
            tiles = [np.asarray(cv2.resize(f, tile, interpolation=cv2.INTER_AREA), np.uint8) for f in large]
            rows = [np.concatenate(tiles[r * across : (r + 1) * across], 1) for r in range(down)]
            yield np.concatenate(rows, 0)
        whole = True
    finally:
        for k, writer in enumerate(writers):
            writer.close()
            if whole:
                seal(_part(out, k), abouts[k], view_path(out, k))
                os.replace(_part(out, k), view_path(out, k))


def view_path(out: Path, number: int) -> Path:
    """Of the video of one view; they count from 1."""
    return out.with_name(f"{out.stem}_{number + 1}.mp4")


def _part(out: Path, number: int) -> Path:
    return out.with_name(f"{out.stem}_{number + 1}.part.mp4")


def _about(said: dict[str, str], options: Options) -> About:
    about = About(kind_of("model" in said, False), said, words=options.words)
    return replace(about, marked=about.mark)


def _writer(out: Path, about: About, number: int, options: Options) -> MovieWriter:
    assert options.size is not None
    settings = MovieSettings(options.size, options.fps, 0, 17, "medium", 0, about.comment, mark=about.mark)
    return MovieWriter(_part(out, number), replace(settings, badge=about.kind if options.badge else ""))

"""Faces in what a user brings need the consent of who they belong to.

Faces are looked for in pictures and in moments of videos. Where any are found, or nobody can look, the job stops
before it begins, until somebody states who agreed to what and when: only its SHA-256 goes into the file.
"""

from __future__ import annotations

import datetime
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import av
import cv2
import numpy as np
from av.error import FFmpegError
from PIL import Image, UnidentifiedImageError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from vj.core.errors import ConsentError
from vj.core.paths import cache_dir
from vj.core.policy import permitted
from vj.core.statement import FORM, example, lacking
from vj.files import video
from vj.files.video import Frame

if TYPE_CHECKING:
    from engine.vision.faces import Face
    from vj.setlist.schema import Setlist
    from vj.studio.output import Writing

FEW = 8
"""pictures that are looked at slowly; of more, as of the frames of a video, each gets a quick look"""
PIXELS = 960 * 540
"""larger frames are made smaller as they are read"""
EVERY_S, MOST = 0.5, 48
"""a video is looked at every half second, at so many moments at most, spread over all of it"""
THROUGH_S = 30.0
"""shorter videos are read through, so that every new shot is looked at; in longer ones key frames stand for them"""
NEW_SHOT = 24.0
"""mean difference of thumbnails (0-255) from one frame to the next that counts as a new shot"""
SLOWLY = {"networks": (960, 0.0), "cascade": (480, 0.5)}
"""detector -> pixels of the longer side for the slow look, and the score from which on its face counts. The best one
that is installed looks alone: measured in seconds of one core on a picture of 640x427, the networks take 0.5, the
cascade 9 (5 at 480), and at any score it sees faces in nearly every photograph: who is always asked reads nothing"""
OURS = ("trainedAlgorithmicMedia", "algorithmicMedia")
"""source types of videos that are made of nobody's media"""
HEARD = ("audio2video", "musicvideo")
"""pipelines whose first input is a song: a video may be given, its pictures are not used"""
PROMPTS = ("prompt", "motion", "style")
"""what a user wrote, in labels"""
PATIENCE_S = 1.0
"""no progress bar before"""


@dataclass(frozen=True, slots=True)
class Seen:
    """Faces in a file: at_s of the first (None: a picture), the most at once, in how many of how many looks."""

    path: Path
    count: int
    at_s: float | None = None
    hits: int = 1
    looks: int = 1
    frame: Frame | None = None
    """with the faces marked"""


_KNOWN: dict[tuple[str, int, int], Seen] = {}
"""(path, time, size of the file) -> what was seen: nothing is looked at twice, and nothing is kept"""


def asked(how: Writing) -> None:
    """What `write` asks before the first frame: do the prompts ask for nobody, do those who are seen agree?"""
    permitted(*(how.label.get(name, "") for name in PROMPTS))
    seen = how.inputs[1:] if how.label.get("pipeline") in HEARD else how.inputs
    consented([Path(path) for path in seen if path], how.options.consent, quiet=how.options.quiet)


def consented(media: Sequence[Path], consent: str, key: str = "--consent", quiet: bool = False) -> None:
    """Raises ConsentError when faces are in the media, or cannot be looked for, and no consent is given; for a consent
    that does not say who, what for and when; MediaError for a file that cannot be read. What is no file is passed over.

    key: what the user writes the consent under, for messages."""
    if consent.strip():
        if wrong := lacking(consent):
            raise ConsentError(f'{key} "{consent[:60]}": {wrong}', f'write {FORM}, such as "{example()}"')
        return
    files = [path for path in dict.fromkeys(media) if path.is_file()]
    for path in files:
        if (seen := look(path, quiet, len(files) <= FEW)).count:
            raise ConsentError(f"{_where(seen)}. Who can be known by their face must have agreed", _mend(key, seen))


def media_of(setlist: Setlist) -> list[Path]:
    """Pictures and videos that the layers of a show name."""
    sources = [layer.source.removeprefix("restyle:") for scene in setlist.scenes for layer in scene.layers]
    named = [source.partition(":")[2] for source in sources if source.startswith(("image:", "video:"))]
    return [setlist.path.parent / name for name in dict.fromkeys(named)]


def look(path: Path, quiet: bool = False, slowly: bool = True) -> Seen:
    """The faces in a file; `slowly`: also turned, dark and small ones in a picture.

    Raises ConsentError where they cannot be looked for, MediaError for a broken file."""
    stat = path.stat()
    name = (str(path.resolve()), stat.st_mtime_ns, stat.st_size)
    if name not in _KNOWN:
        _KNOWN[name] = _looked(path, quiet, slowly)
    return _KNOWN[name]


def _looked(path: Path, quiet: bool, slowly: bool) -> Seen:
    if _ours(path) or not _shows(path):
        return Seen(path, 0)
    still = _is_still(path)
    find = _finder(path, still and slowly)
    total, began = (1 if still else MOST), time.perf_counter()
    moments = iter([(None, video.picture(path))]) if still else _moments(path)
    first, hits, looks = Seen(path, 0), 0, 0
    bar = (TextColumn(f"looking for faces in {path.name}", markup=False), BarColumn(), MofNCompleteColumn())
    progress = Progress(*bar, console=Console(stderr=True, quiet=quiet), transient=True)
    task = progress.add_task("", total=total)
    try:
        for at, frame in moments:
            faces, looks = find(frame), looks + 1
            hits += bool(faces)
            if len(faces) > first.count:
                first = Seen(path, len(faces), at if first.at_s is None else first.at_s, 1, 1, _marked(frame, faces))
            if time.perf_counter() - began > PATIENCE_S:
                progress.start()
            progress.update(task, completed=looks)
    finally:
        progress.stop()
    return Seen(path, first.count, first.at_s, hits, looks, first.frame)


def _finder(path: Path, slowly: bool) -> Callable[[Frame], list[Face]]:
    """A picture where a quick look sees nobody is looked at again, slowly; the frames of a video are not: a face is in
    more than one of them."""
    try:
        from engine.vision import faces
    except ImportError as error:
        mend = "make setup, or pip install 'vj[studio]'"
        raise _blind(path, f"{error.name or error} is not installed", mend) from None

    def find(frame: Frame) -> list[Face]:
        try:
            return faces.find(frame, sure=True) or (_closely(frame) if slowly else [])
        except Exception as error:  # seam: whatever goes wrong in a detector must not pass for a picture without faces
            raise _blind(path, f"{type(error).__name__}: {error}", "make setup") from None

    return find


def _closely(frame: Frame) -> list[Face]:
    """Turned, dark and small faces as well."""
    from engine.vision import faces

    best = faces.installed()[0]
    most, least = SLOWLY.get(best, (960, 0.0))
    height, width = frame.shape[:2]
    scale = min(max(height, width, 320), most) / max(height, width)
    size = max(2, round(width * scale)), max(2, round(height * scale))
    sized = cv2.resize(frame, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    found = [face for face in faces.DETECTORS[best](np.asarray(sized, np.uint8), False) if face.score >= least]
    boxes = [tuple(v / scale for v in face.box) for face in faces.grouped(found)]
    return [faces.Face((x, y, w, h), 1.0, best) for x, y, w, h in boxes]


def _blind(path: Path, why: str, mend: str) -> ConsentError:
    told = f'or state it yourself: --consent "{example()}" or "nobody, no people in it, {datetime.date.today()}"'
    return ConsentError(f"{path}: faces in it could not be looked for ({why})", f"{mend}; {told}")


def _moments(path: Path) -> Iterator[tuple[float, Frame]]:
    """At most MOST frames of a video with their times in seconds."""
    seconds = video.probe(path).seconds
    return _throughout(path, seconds) if seconds <= THROUGH_S else video.spread(path, MOST)


def _throughout(path: Path, seconds: float) -> Iterator[tuple[float, Frame]]:
    """Every frame is read; those on the grid and the first of every shot are looked at, while there is room."""
    room, due, before = MOST, 0.0, None
    step = max(EVERY_S, seconds / (MOST * 0.75))
    for time_, frame in video.timed(path, PIXELS):
        small = cv2.resize(frame, (32, 18), interpolation=cv2.INTER_AREA).astype(np.float32)
        cut = before is not None and float(np.abs(small - before).mean()) > NEW_SHOT
        before = small
        if room and (cut or float(time_) >= due):
            room -= 1
            due = float(time_) + step
            yield float(time_), frame


def _is_still(path: Path) -> bool:
    if path.suffix.lower() in video.STILLS:
        return True
    try:
        with Image.open(path) as image:
            return getattr(image, "n_frames", 1) == 1
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError):
        return False


def _shows(path: Path) -> bool:
    """False for sound: there is no picture in it but perhaps that of its sleeve."""
    try:
        with av.open(str(path)) as container:
            streams = container.streams
            moving = [s for s in streams.video if not s.disposition & av.stream.Disposition.attached_pic]
            return bool(moving) or not streams.audio
    except (FFmpegError, OSError, ValueError):
        return True


def _ours(path: Path) -> bool:
    """Whether a video says that it was made of nobody's media. Whoever forges that could as well forge a consent."""
    from vj.studio.output import label_of

    return label_of(path).get("source_type") in OURS


def _marked(frame: Frame, faces: Sequence[Face]) -> Frame:
    out = np.ascontiguousarray(frame).copy()
    for face in faces:
        x, y, w, h = (round(v) for v in face.box)
        cv2.rectangle(out, (x, y), (x + w, y + h), (255, 40, 40), max(2, min(out.shape[:2]) // 160))
    return out


def _where(seen: Seen) -> str:
    faces = "1 face" if seen.count == 1 else f"{seen.count} faces"
    if seen.at_s is None:
        return f"{seen.path}: {faces} in it"
    clock = f"{int(seen.at_s // 60)}:{seen.at_s % 60:04.1f}"
    return f"{seen.path}: {faces} in it, first at {clock} (in {seen.hits} of {seen.looks} frames that were looked at)"


def _mend(key: str, seen: Seen) -> str:
    given = f'{key} "{example()}"' if key.startswith("--") else f'consent = "{example()}" in {key}'
    none = f"nobody, only a cloud that looks like a face, {datetime.date.today()}"
    shown = "`vj --debug ...` draws where it is"
    if os.environ.get("VJ_DEBUG") and seen.frame is not None:
        place = cache_dir() / "faces.png"
        Image.fromarray(seen.frame).save(place)
        shown = f"see {place}"
    return f'if so: {given}; if it is no face: "{none}" ({shown}; docs/ethics.md)'

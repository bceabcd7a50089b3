"""A music video: a show that the song's analysis plays. The job of `vj musicvideo`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from vj.audio.analysis import AnalysisSettings
from vj.audio.beats import RecordedEars
from vj.audio.song import Song
from vj.core.errors import VjError
from vj.engine_link import Engine
from vj.files.video import Frame
from vj.performance import Heard, Performance
from vj.setlist.catalog import Catalog, catalog
from vj.setlist.schema import Setlist
from vj.stage import Stage, StageOptions
from vj.studio.consent import consented, media_of
from vj.studio.engine import NoEngine, WaitedEngine
from vj.studio.house import house_of
from vj.studio.jobs.audio2video import song_of, sound_of
from vj.studio.options import Made, Options
from vj.studio.output import RATE, Writing, plainly, write
from vj.studio.prompt import understood
from vj.studio.songtime import SongClock, frame_of, rate_of
from vj.studio.storyboard import Cue, Storyboard, cues, parse, read
from vj.studio.storypropose import propose
from vj.studio.storyscenes import Script, show_of

SIZE, FPS = (1920, 1080), 30.0
DRAFT_SIZE, DRAFT_FPS = (480, 270), 15.0


@dataclass(frozen=True, slots=True)
class Video:
    """How a music video is made, beside the options of every job."""

    storyboard: str = ""
    """a story.toml; "": one is proposed, written beside the video and used"""
    style: str = ""
    """words that hold throughout in a proposal"""
    draft: bool = False
    """480x270 at 15 fps without the engine: dreams play their pool's loop"""
    safe: bool = False
    """full size without the engine"""
    analysis: str = ""
    """a file that `vj analyse SONG -o` wrote; "": the song is heard now"""


def musicvideo(song: Path | str, out: Path | str, options: Options = Options(), video: Video = Video()) -> Made:
    """A video of the whole song, or of its first `seconds`: 1920x1080 at 30 fps unless the options say otherwise.

    song: a sound file, or "demo". Raises VjError for a storyboard that cannot be played, MediaError for files.

    >>> musicvideo("song.flac", "song.mp4", Options(size=(1280, 720)), Video(style="neon"))  # doctest: +SKIP
    """
    size, rate = (DRAFT_SIZE, DRAFT_FPS) if video.draft else (SIZE, FPS)
    options = options.known(size=size, fps=rate)
    size = options.size or size
    known, sound = catalog(), sound_of(song, options.seconds)
    heard = song_of(song, video.analysis, len(sound) / RATE)
    board = _board(song, heard, Path(out), options, video, known)
    seen = cues(board, heard)
    setlist, script = show_of(board, seen, heard, known)
    options, media = replace(options, consent=options.consent or setlist.show.consent), media_of(setlist)
    consented(media, options.consent, quiet=options.quiet)
    fps = rate_of(options.fps)
    total = max(1, frame_of(len(sound), fps))
    label = {"pipeline": "musicvideo", "source": Path(song).name, "seed": str(options.seed), "style": video.style}
    label |= {"storyboard": _digest(board, seen), "model": "house"}
    options = replace(options, fps=float(fps))
    with plainly():
        engine = _engine(options, video, seen)
        label["engine"] = "pool loops" if isinstance(engine, NoEngine) else "dreams"
        show = _Show(setlist, script, SongClock(heard), sound, engine)
        how = Writing(size, options.fps, options, label, "playing", sound, (song, *media))
        made = write(show.frames(size, options.fps, total, options.seed), total, Path(out), how)
    if show.errors:
        told = "\n  ".join(f"{where}: {what}" for where, what in show.errors.items())
        raise VjError(f"{out} is written, but not everything could be drawn:\n  {told}", "see `vj check`")
    return made


class _Show:
    """The song's hands on the desk."""

    def __init__(
        self, setlist: Setlist, script: Script, clock: SongClock, sound: NDArray[np.float32], engine: Engine
    ) -> None:
        self._setlist, self._script, self._clock, self._sound = setlist, script, clock, sound
        self._engine = engine
        self.errors: dict[str, str] = {}

    def frames(self, size: tuple[int, int], fps: float, total: int, seed: int) -> Iterator[Frame]:
        """Every frame, in order."""
        stage = Stage(self._setlist, StageOptions(size, offline=True), self._engine)
        try:
            show = Performance(self._setlist, stage, self._engine, seed)
            show.beat_at, show.player.script = self._clock.at, self._script
            ears = RecordedEars(self._sound, RATE, AnalysisSettings(RATE))
            for n in range(total):
                audio, anchor = ears.at(n / fps)
                yield show.draw(Heard(n / fps, 1.0 / fps, audio, anchor)).pixels()
        finally:
            self.errors = stage.errors()
            stage.close()


def proposal(song: Path | str, out: Path | str, options: Options = Options(), video: Video = Video()) -> Path:
    """Write the storyboard that would be used, and no video."""
    path = proposed_path(song, Path(out))
    _keep(path, propose(song_of(song, video.analysis), video.style, options.seed))
    return path


def proposed_path(song: Path | str, out: Path) -> Path:
    """Beside the video, named after the song."""
    return out.parent / f"{Path(song).stem}.story.toml"


def _board(song: Path | str, heard: Song, out: Path, options: Options, video: Video, known: Catalog) -> Storyboard:
    if video.storyboard:
        return read(Path(video.storyboard), known)
    text, path = propose(heard, video.style, options.seed), proposed_path(song, out)
    if out.name:
        _keep(path, text)
    return parse(text, path, known)


def _keep(path: Path, text: str) -> None:
    """Write a proposal, but never over one that somebody has edited."""
    if not path.resolve().parent.is_dir():
        raise VjError(f"{path}: the folder {path.resolve().parent} is not there", "make it, or choose another")
    if path.is_file() and path.read_text(encoding="utf-8") != text:
        raise VjError(f"{path}: is there and is another storyboard", f"use it (--storyboard {path}), or move it away")
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise VjError(f"{path}: cannot be written ({error.strerror})", "choose another folder") from None
    Console(stderr=True).print(f"storyboard: {path}", soft_wrap=True, markup=False, highlight=False)


def _engine(options: Options, video: Video, seen: tuple[Cue, ...]) -> Engine:
    dreams = any(cue.look.dream > 0 or cue.look.scene for cue in seen)
    if video.draft or video.safe or not dreams:
        return NoEngine()
    if find_spec("torch") is None:
        raise VjError("musicvideo: the engine is not installed", "make setup, or give --safe for the pools' loops")
    if video.storyboard or video.style:
        for prompt in dict.fromkeys(cue.look.prompt for cue in seen):
            understood(house_of(options.threads), prompt, options.quiet, needed=bool(prompt.strip()))
    return WaitedEngine(options.threads or 2)


def _digest(board: Storyboard, seen: tuple[Cue, ...]) -> str:
    """Of all that the storyboard says, so that only the same one is gone on with."""
    return hashlib.sha256(repr((board.setlist, seen)).encode()).hexdigest()[:16]

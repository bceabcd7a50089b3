"""A song as pictures that arrive on its beats: the job of `vj audio2video`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vj.audio import demo
from vj.audio.file import read
from vj.audio.song import Song, analyse
from vj.core.errors import MediaError, VjError
from vj.files.video import Frame
from vj.studio.house import house_of
from vj.studio.jobs.text2video import enlarged, native_of
from vj.studio.memory import memory_of
from vj.studio.options import Made, Options, told
from vj.studio.output import RATE, Writing, plainly, write
from vj.studio.prompt import understood
from vj.studio.songkeys import keys
from vj.studio.songpulses import Pulses
from vj.studio.songtime import frame_of, rate_of

if TYPE_CHECKING:
    from engine.pipelines.text2video import Job

SPARE_S = 0.5
"""that a song may be longer than its analysis: coders add a little silence"""
MORE = 64
"""times a size, so that it is larger than what is dreamed; only its shape counts then"""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a song is drawn, beside the options of every job."""

    strength: float = 0.5
    """how much kicks, bass and highs move the picture, 0-1; 0: not at all"""
    memory: str = "house"
    """the pool whose loops the pictures go by"""
    closeness: float = 1.0
    """how much of their forms is kept, 0-1"""
    native: tuple[int, int] | None = None
    """size to dream at; None: about 512x288 in the shape of the video"""
    analysis: str = ""
    """a file that `vj analyse SONG -o` wrote; "": the song is heard now"""


def audio2video(
    song: Path | str, out: Path | str, style: str = "", options: Options = Options(), manner: Manner = Manner()
) -> Made:
    """A video of the whole song, or of its first `seconds`: 1920x1080 at 30 fps unless the options say otherwise.

    song: a sound file, or "demo". style: words that hold throughout; what they leave open (colour, thing) the music
    chooses. Raises VjError for a strength out of range, words or a pool that are not known; MediaError for files.

    >>> audio2video("song.flac", "song.mp4", "neon tunnel", Options(seconds=30))  # doctest: +SKIP
    """
    if not 0.0 <= manner.strength <= 1.0:
        raise VjError(f"strength {manner.strength:g}", "0 (the sound moves nothing) to 1")
    options = options.known(size=(1920, 1080), fps=30.0)
    assert options.size is not None
    fps = rate_of(options.fps)
    sound = sound_of(song, options.seconds)
    total = max(1, frame_of(len(sound), fps))
    with plainly():
        house = house_of(options.threads)
        understood(house, style, options.quiet, "style", needed=bool(style.strip()))
        heard, native = song_of(song, manner.analysis, len(sound) / RATE), manner.native or dreaming_size(options.size)
        job = _job(options, manner, native, total)
        label = told(replace(manner, analysis=Path(manner.analysis).name))
        label |= {"pipeline": "audio2video", "model": "house", "weights": house.sha.get("denoiser", "")[:12]}
        label |= {"prompt": style, "source": Path(song).name, "seed": str(options.seed), "memory": manner.memory}
        label |= {"native": f"{native[0]}x{native[1]}", "strength": f"{manner.strength:g}", "steps": str(job.steps)}
        size, exact = options.size, replace(options, fps=float(fps))
        score, memory = keys(heard, style, fps, total, options.seed), memory_of(house, manner.memory)
        pulses = Pulses(heard, sound, fps, manner.strength)

        def frames(start: int) -> Iterable[Frame]:
            from engine.pipelines import audio2video as pipeline

            return enlarged(pipeline.frames(score, pulses, job, house, memory, start), native, size)

        return write(frames, total, Path(out), Writing(size, float(fps), exact, label, "dreaming", sound, (song,)))


def dreaming_size(size: tuple[int, int]) -> tuple[int, int]:
    """About 512x288 in the shape of `size`, also for smaller videos: small dreams lose their edges and detail."""
    return native_of((size[0] * MORE, size[1] * MORE))


def _job(options: Options, manner: Manner, native: tuple[int, int], total: int) -> Job:
    from engine.pipelines.text2video import Job

    job = Job("", frames=total, size=native, seed=options.seed, closeness=manner.closeness)
    return replace(job, steps=options.steps or job.steps, guidance=options.guidance or job.guidance)


def sound_of(song: Path | str, seconds: float = 0.0) -> NDArray[np.float32]:
    """float32 [N, 2] at 48 kHz, of `seconds` at most (0: all). Raises MediaError."""
    sound = demo.demo_track(RATE).samples if str(song) == "demo" else read(song, RATE)[0]
    return sound[: round(seconds * RATE)] if seconds else sound


def song_of(song: Path | str, analysis: str = "", seconds: float = 0.0) -> Song:
    """What is heard in a song, now or before. Raises MediaError, also for an analysis of less than `seconds`."""
    if not analysis:
        return analyse(song)
    try:
        text = Path(analysis).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MediaError(f"{analysis}: cannot be read ({error})", "write it with vj analyse SONG -o") from None
    found = Song.from_json(text)
    if seconds > found.seconds + SPARE_S:
        told = f"{analysis}: is of {found.seconds:.1f} s, {song} of {seconds:.1f} s or more"
        raise MediaError(told, "it belongs to another song: vj analyse SONG -o")
    return found

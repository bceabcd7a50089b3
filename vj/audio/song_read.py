"""A sound file in blocks of mono, so that an hour fits in little memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vj.audio.demo import demo_track
from vj.audio.file import MEND, stereo
from vj.core.errors import MediaError

RATE = 44100
"""Hz; what every analysis of a song works at"""
BLOCK_S = 10.0

Mono = NDArray[np.float32]


def mono_blocks(path: Path | str) -> Iterator[tuple[Mono, float]]:
    """Blocks [N] at RATE and the share of the file that is read, 0-1. "demo" is the built-in track.

    Raises MediaError for what is missing, empty, broken or no sound.
    """
    if str(path) == "demo":
        yield np.ascontiguousarray(demo_track(RATE).samples.mean(axis=1)), 1.0
        return
    path = Path(path)
    if not path.is_file():
        raise MediaError(f"{path}: no such sound file", "check the name")
    if path.stat().st_size == 0:
        raise MediaError(f"{path}: the file is empty", MEND)
    empty = True
    for block, share in _resampled(path):
        empty = empty and len(block) == 0
        yield block, share
    if empty:
        raise MediaError(f"{path}: there is no sound in it (0 samples)", MEND)


def _resampled(path: Path) -> Iterator[tuple[Mono, float]]:
    import soundfile

    try:
        sound = soundfile.SoundFile(path)
    except (soundfile.LibsndfileError, RuntimeError):
        yield from _by_av(path)
        return
    with sound:
        push = _Resampler(int(sound.samplerate))
        for block in sound.blocks(int(BLOCK_S * sound.samplerate), dtype="float32", always_2d=True):
            yield push(_mono(block)), sound.tell() / max(1, sound.frames)
        yield push(None), 1.0


def _mono(block: NDArray[np.float32]) -> Mono:
    block = np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0)
    return np.ascontiguousarray((block if block.shape[1] <= 2 else stereo(block)).mean(axis=1), np.float32)


class _Resampler:
    """Blocks at any rate -> blocks at RATE; None brings out the rest."""

    def __init__(self, rate: int) -> None:
        import av

        self._rate, self._av = rate, av
        self._inner = None if rate == RATE else av.AudioResampler(format="fltp", layout="mono", rate=RATE)

    def __call__(self, block: Mono | None) -> Mono:
        if self._inner is None:
            return np.zeros(0, np.float32) if block is None else block
        frame = None
        if block is not None:
            if len(block) == 0:
                return block
            frame = self._av.AudioFrame.from_ndarray(block[None, :], format="fltp", layout="mono")
            frame.rate = self._rate
        parts = [f.to_ndarray()[0] for f in self._inner.resample(frame)]
        return np.concatenate(parts).astype(np.float32) if parts else np.zeros(0, np.float32)


def _by_av(path: Path) -> Iterator[tuple[Mono, float]]:
    import av
    from av.error import FFmpegError

    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise MediaError(f"{path}: there is no sound track in it", MEND)
            stream = container.streams.audio[0]
            seconds = (container.duration or 0) / 1e6
            resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE)
            parts: list[Mono] = []
            done = 0
            for frame in container.decode(stream):
                parts += [_mono(f.to_ndarray().T) for f in resampler.resample(frame)]
                if sum(map(len, parts)) > BLOCK_S * RATE:
                    block, parts = np.concatenate(parts), []
                    done += len(block)
                    yield block, min(1.0, done / RATE / seconds) if seconds else 0.5
            parts += [_mono(f.to_ndarray().T) for f in resampler.resample(None)]
            yield (np.concatenate(parts) if parts else np.zeros(0, np.float32)), 1.0
    except (FFmpegError, ValueError, OSError) as e:
        raise MediaError(f"{path}: cannot be read as sound ({e})", MEND) from None

"""Sound files as float32 stereo: soundfile for what libsndfile reads, PyAV for the rest (m4a, mp4, webm ...)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vj.core.errors import MediaError

Sound = NDArray[np.float32]
MEND = "give a wav, flac, ogg, mp3, m4a or mp4 file that plays elsewhere"


def stereo(sound: Sound) -> Sound:
    """[N, channels] -> [N, 2]. Centre and surround are mixed in at -3 dB, the LFE is left out (ITU-R BS.775)."""
    channels = sound.shape[1]
    if channels == 1:
        return np.repeat(sound, 2, axis=1)
    if channels == 2:
        return sound
    half = np.float32(0.7071)
    left, right = sound[:, 0].copy(), sound[:, 1].copy()
    if channels == 4:  # quadraphonic: left right, back left back right
        left, right = left + half * sound[:, 2], right + half * sound[:, 3]
    else:  # left right centre (LFE) then left/right pairs
        left, right = left + half * sound[:, 2], right + half * sound[:, 2]
        for at in range(3 if channels in (3, 5) else 4, channels - 1, 2):
            left, right = left + half * sound[:, at], right + half * sound[:, at + 1]
    mixed = np.stack([left, right], axis=1)
    peak = float(np.abs(mixed).max(initial=0.0))
    return (mixed / peak if peak > 1.0 else mixed).astype(np.float32)


def resample(sound: Sound, rate: int, wanted: int) -> Sound:
    """[N, C] at `rate` Hz -> the same sound at `wanted` Hz (the resampler of FFmpeg)."""
    if rate == wanted or len(sound) == 0:
        return sound
    import av

    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=wanted)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound.T), format="fltp", layout="stereo")
    frame.rate = rate
    parts = [f.to_ndarray() for f in [*resampler.resample(frame), *resampler.resample(None)]]
    return np.ascontiguousarray(np.concatenate(parts, axis=1).T, np.float32)


def read(path: str | Path, rate: int | None = None) -> tuple[Sound, int]:
    """The whole file as float32 [N, 2], and its rate; resampled to `rate` Hz where one is given.

    Raises MediaError for what is missing, empty, broken or no sound.
    """
    path = Path(path)
    if not path.is_file():
        raise MediaError(f"{path}: no such sound file", "check the name")
    if path.stat().st_size == 0:
        raise MediaError(f"{path}: the file is empty", MEND)
    sound, found = _by_soundfile(path) or _by_av(path)
    if len(sound) == 0:
        raise MediaError(f"{path}: there is no sound in it (0 samples)", MEND)
    sound = stereo(np.nan_to_num(sound, nan=0.0, posinf=0.0, neginf=0.0))
    return (resample(sound, found, rate), rate) if rate else (sound, found)


def _by_soundfile(path: Path) -> tuple[Sound, int] | None:
    import soundfile

    try:
        sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError):
        return None
    return sound, int(rate)


def _by_av(path: Path) -> tuple[Sound, int]:
    import av
    from av.error import FFmpegError

    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise MediaError(f"{path}: there is no sound track in it", MEND)
            stream = container.streams.audio[0]
            rate = int(stream.rate or 48000)
            resampler = av.AudioResampler(format="fltp", layout="stereo", rate=rate)
            parts = [f.to_ndarray() for frame in container.decode(stream) for f in resampler.resample(frame)]
            parts += [f.to_ndarray() for f in resampler.resample(None)]
    except (FFmpegError, ValueError, OSError) as e:
        raise MediaError(f"{path}: cannot be read as sound ({e})", MEND) from None
    sound = np.concatenate(parts, axis=1).T if parts else np.zeros((0, 2), np.float32)
    return np.ascontiguousarray(sound, np.float32), rate

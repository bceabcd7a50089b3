"""Reading sound files, good and bad; and the record in shared memory."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from vj.audio.features import DTYPE, EarsStatus, Packer, unpack
from vj.audio.file import read
from vj.core.errors import MediaError
from vj.core.slots import Slot
from vj.core.types import AudioFeatures, BeatAnchor

T = np.arange(48000) / 48000
TONE = (0.5 * np.sin(2 * np.pi * 440 * T)).astype(np.float32)


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "FLOAT"])
def test_any_channels_and_depths(tmp_path: Path, channels: int, subtype: str) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.repeat(TONE[:, None], channels, axis=1), 48000, subtype=subtype)
    sound, rate = read(path)
    assert sound.shape == (48000, 2) and sound.dtype == np.float32 and rate == 48000
    assert np.abs(sound).max() <= 1.0
    assert np.corrcoef(sound[:, 0], TONE)[0, 1] > 0.999


def test_the_sides_of_5_1_stay_sides_and_the_centre_is_heard(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    for channel, left, right in (
        (0, True, False),
        (1, False, True),
        (2, True, True),
        (4, True, False),
        (5, False, True),
    ):
        sound = np.zeros((4800, 6), np.float32)
        sound[:, channel] = TONE[:4800]
        soundfile.write(path, sound, 48000)
        mixed, _ = read(path)
        assert (np.abs(mixed[:, 0]).max() > 0.1) == left and (np.abs(mixed[:, 1]).max() > 0.1) == right


def test_m4a_through_pyav(tmp_path: Path) -> None:
    path = tmp_path / "a.m4a"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("aac", rate=48000, layout="stereo")
        frame = av.AudioFrame.from_ndarray(np.stack([TONE, TONE]), format="fltp", layout="stereo")
        frame.rate = 48000
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            out.mux(packet)
    sound, rate = read(path)
    assert rate == 48000 and 47000 < len(sound) < 51000
    spectrum = np.abs(np.fft.rfft(sound[:48000, 0]))
    assert abs(int(np.argmax(spectrum)) - 440) <= 2


def test_resampling_keeps_the_note(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, TONE, 48000)
    sound, rate = read(path, 44100)
    assert rate == 44100 and abs(len(sound) - 44100) < 100
    assert abs(int(np.argmax(np.abs(np.fft.rfft(sound[:44100, 0], 44100)))) - 440) <= 1


def test_bad_files_say_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no such sound file"):
        read(tmp_path / "none.wav")
    empty, broken, nothing = tmp_path / "empty.wav", tmp_path / "broken.wav", tmp_path / "nothing.wav"
    empty.touch()
    broken.write_bytes(b"this is no sound at all" * 50)
    soundfile.write(nothing, np.zeros((0, 2), np.float32), 48000)
    for path, words in ((empty, "empty"), (broken, "cannot be read"), (nothing, "no sound")):
        with pytest.raises(MediaError, match=words) as e:
            read(path)
        assert path.name in str(e.value) and "\n" not in str(e.value)


def test_pack_and_unpack(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    sample = AudioFeatures(
        t=1.5, hop=7, lost_hops=2, rms_db=-12.5, bands=rng.random(8).astype(np.float32), kicks=3, kick_t=1.25,
        wave=rng.random(1024).astype(np.float32), silent=False, breakdown=True, drops=1, buildup=0.5,
    )  # fmt: skip
    anchor = BeatAnchor(2.5, 126.5, 42, 0.5, 0.25, 0.75, "audio")
    status = EarsStatus(3.0, 99, 4.5, 48000.0, "Mikrofon für alle", "ü" * 300, 0.5)
    slot = Slot(tmp_path / "s", DTYPE, create=True)
    packer = Packer()
    packer.pack(sample, anchor)
    packer.status(status)
    slot.write(packer.record)
    record = slot.read()
    assert record is not None
    f, a, s = unpack(record)
    for field in fields(AudioFeatures):
        assert np.array_equal(getattr(f, field.name), getattr(sample, field.name)), field.name
    assert a == anchor
    assert s.device == status.device and s.error == "ü" * 120 and s.pid == 99 and s.t_start == 0.5

"""Sound cards through PortAudio. The callback copies, counts and stamps; everything else happens elsewhere."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vj.core.errors import DeviceError, nearest

MAX_AGE_S = 0.06
"""a first sample older than this when it arrives is a wrong latency, not an old sample"""
RATES = (48000, 44100, 96000)


@dataclass(frozen=True, slots=True)
class InputDevice:
    """An input as the system names it; the index is only good until PortAudio looks again."""

    name: str
    api: str
    channels: int
    rate: int
    index: int

    @property
    def label(self) -> str:
        """What a setlist stores: name and host API."""
        return f"{self.name} ({self.api})"


def list_devices(refresh: bool = False) -> tuple[InputDevice, ...]:
    """All inputs. PortAudio remembers what it saw first: `refresh` makes it look again (no stream may be open)."""
    sd = _sounddevice()
    if refresh:
        sd._terminate()
        sd._initialize()
    apis = sd.query_hostapis()
    return tuple(
        InputDevice(
            str(d["name"]),
            str(apis[d["hostapi"]]["name"]),
            int(d["max_input_channels"]),
            int(d["default_samplerate"]),
            i,
        )
        for i, d in enumerate(sd.query_devices())
        if d["max_input_channels"] > 0
    )


def _sounddevice() -> Any:
    try:
        import sounddevice
    except OSError as e:
        raise DeviceError(f"PortAudio is missing ({e})", "install it: apt install libportaudio2") from None
    return sounddevice


def find_device(name: str, devices: tuple[InputDevice, ...], default: int = -1) -> InputDevice:
    """By label, by name, or by a part of either (any case); `default` (or empty) is the system's own choice."""
    wanted = name.strip().lower()
    if wanted in ("", "default"):
        for device in devices:
            if device.index == default or (default < 0 and device.name.lower() == "default"):
                return device
    for match in (
        lambda d: d.label.lower() == wanted or d.name.lower() == wanted,
        lambda d: wanted != "" and wanted in d.label.lower(),
    ):
        for device in devices:
            if match(device):
                return device
    if wanted in ("", "default") and devices:
        return devices[0]
    labels = [d.label for d in devices]
    names = ", ".join(labels) if labels else "none at all"
    hint = nearest(name, [*labels, *(d.name.split(":")[0] for d in devices)])
    raise DeviceError(
        f'no sound input called "{name}"{hint}; there are: {names}', 'set audio.device, or use "demo" or "file:PATH"'
    )


class SampleClock:
    """Sample counts to perf_counter seconds: a slow line through jittery stamps, so bursts do not shake the beat.

    A lasting disagreement (the device paused, samples were lost, a driver corrected itself) starts the line anew.
    """

    LIMIT_S, PATIENCE = 0.012, 40

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._n, self._t = 0, 0.0
        self._seen = self._off = 0

    def push(self, n: int, t: float) -> float:
        """Sample n (counted from the start) sounded at about t; returns the smoothed time."""
        expected = self._t + (n - self._n) / self._rate
        error = t - expected
        self._off = self._off + 1 if abs(error) > self.LIMIT_S else 0
        if self._seen == 0 or self._off > self.PATIENCE or abs(error) > 0.25:
            self._seen, self._off, expected, error = 0, 0, t, 0.0
        self._seen += 1
        # fast while young, then about a second of memory at 375 blocks a second; one outlier moves it 0.1 ms at most
        gain = max(0.003, 1.0 / self._seen)
        limit = self.LIMIT_S * (1.0 if self._seen > 20 else 10.0)
        self._n, self._t = n, expected + gain * min(max(error, -limit), limit)
        return self._t


class Capture:
    """An open input. `read` gives what has come, oldest first; never blocks."""

    SECONDS = 2.0

    def __init__(self, device: InputDevice, channels: tuple[int, ...], hop: int) -> None:
        sd = _sounddevice()
        if not channels or min(channels) < 1 or max(channels) > device.channels:
            raise DeviceError(
                f"{device.label}: channels {list(channels)} do not exist, it has 1 to {device.channels}",
                "set audio.channels",
            )
        self.device = device
        self.rate = _best_rate(sd, device, max(channels))
        block = hop * 2 if self.rate > 64000 else hop
        self._clock = SampleClock(self.rate)
        self._pick = np.array(channels, np.intp) - 1
        self._width = max(channels)
        self._frames = int(self.SECONDS * self.rate) // block * block
        self._ring = np.zeros((self._frames, self._width), np.float32)
        self._blocks = self._frames // block
        self._block = block
        self._stamps = np.zeros(self._blocks, np.float64)
        self._written = 0
        self._read = 0
        self.overflows = 0
        self.last_callback = time.perf_counter()
        try:
            self._stream = sd.InputStream(
                samplerate=self.rate, blocksize=block, device=device.index, channels=self._width, dtype="float32",
                latency="low", callback=self._callback,
            )  # fmt: skip
            self._stream.start()
        except sd.PortAudioError as e:
            raise DeviceError(f"{device.label}: cannot be opened ({e})", "is another program using it?") from None

    def _callback(self, data: Any, frames: int, when: Any, status: Any) -> None:
        now = time.perf_counter()
        n = self._written
        at = n % self._frames
        if frames == self._block:
            self._ring[at : at + frames] = data
            # age of the block's first sample when PortAudio called us; some backends give no ADC time
            age = when.currentTime - when.inputBufferAdcTime
            # PulseAudio claims half a second in its first seconds: not believed, arrival is nearer the truth
            sounded = now - age if -0.02 < age < MAX_AGE_S else now - frames / self.rate
            self._stamps[n // self._block % self._blocks] = sounded
            self._written = n + frames
        if status:
            self.overflows += 1
        self.last_callback = now

    @property
    def alive(self) -> bool:
        """False when the stream ended or has been silent to us for a second."""
        return bool(self._stream.active) and time.perf_counter() - self.last_callback < 1.0

    def read(self, now: float) -> tuple[NDArray[np.float32], float, int] | None:
        """The next block: sound [block, channels], when its last sample sounded (s), blocks lost before it."""
        if self._written - self._read < self._block:
            return None
        lost = 0
        if self._written - self._read > self._frames - 2 * self._block:
            fresh = self._written - 4 * self._block
            lost = (fresh - self._read) // self._block
            self._read = fresh
        at = self._read % self._frames
        sound = self._ring[at : at + self._block, self._pick]
        began = self._clock.push(self._read, float(self._stamps[self._read // self._block % self._blocks]))
        self._read += self._block
        return sound, began + self._block / self.rate, lost

    def close(self) -> None:
        """Stop and give the device back; may be called twice."""
        self._stream.close()


def _best_rate(sd: Any, device: InputDevice, channels: int) -> int:
    """The device's own rate where it is one of ours, else the first it accepts."""
    for rate in (device.rate, *RATES):
        if rate in RATES:
            try:
                sd.check_input_settings(device=device.index, channels=channels, dtype="float32", samplerate=rate)
            except sd.PortAudioError:
                continue
            return int(rate)
    raise DeviceError(f"{device.label}: takes none of {RATES} Hz", "choose another device or set its rate")


def open_capture(name: str, channels: tuple[int, ...], hop: int, refresh: bool = False) -> Capture:
    """Open an input by name. Raises DeviceError with the candidates."""
    sd = _sounddevice()
    try:
        devices = list_devices(refresh)
        default = int(sd.default.device[0])
    except sd.PortAudioError as e:
        raise DeviceError(f"PortAudio cannot list devices ({e})", "plug in a sound card, or use demo") from None
    device = find_device(name, devices, default)
    return Capture(device, channels, hop)

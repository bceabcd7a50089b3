"""The live analyser over a whole file, faster than it plays: for `vj beats`, `vj render` and the tests."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vj.audio.analysis import Analyser, AnalysisSettings
from vj.audio.file import read
from vj.core.types import AudioFeatures, BeatAnchor


@dataclass(frozen=True, slots=True)
class Times:
    """When events sounded, as the analyser judged, and when it said so (both s from the start)."""

    sounded: tuple[float, ...] = ()
    emitted: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class BeatReport:
    """What was heard in a file. `as_dict` gives lists of {"t": sounded, "emitted": ...} for json."""

    seconds: float
    rate: int
    bpm: float
    beats: Times
    kicks: Times
    snares: Times
    hats: Times
    onsets: Times
    drops: Times

    def as_dict(self) -> dict[str, Any]:
        out: dict[str, Any] = {"seconds": self.seconds, "rate": self.rate, "bpm": self.bpm}
        for name, value in asdict(self).items():
            if isinstance(value, dict):
                pairs = zip(value["sounded"], value["emitted"], strict=True)
                out[name] = [{"t": round(t, 4), "emitted": round(e, 4)} for t, e in pairs]
        return out


class RecordedEars:
    """The ears over a recording, for shows that are rendered: `at(t)` as it would have been heard live at t.

    samples float32 [N, 2] or [N]; t counts from `t_start`. Ask in rising order: it only ever reads on.
    """

    def __init__(
        self, samples: NDArray[np.float32], rate: int, settings: AnalysisSettings | None = None, t_start: float = 0.0
    ) -> None:
        mono = samples if samples.ndim == 1 else samples.mean(axis=1, dtype=np.float32)
        self._mono = np.ascontiguousarray(mono, np.float32)
        self._settings = settings or AnalysisSettings(rate, 256 if rate > 64000 else 128)
        self._analyser = Analyser(self._settings)
        self._t_start = t_start
        self._next = 0
        self._features = AudioFeatures(t=t_start)

    def step(self) -> tuple[AudioFeatures, BeatAnchor] | None:
        """One hop further; None at the end."""
        hop, rate = self._settings.hop, self._settings.rate
        block = self._mono[self._next * hop : (self._next + 1) * hop]
        if len(block) == 0:
            return None
        if len(block) < hop:
            block = np.pad(block, (0, hop - len(block)))
        self._next += 1
        self._features = self._analyser.push(block, self._t_start + self._next * hop / rate)
        return self._features, self._analyser.anchor

    def at(self, t: float) -> tuple[AudioFeatures, BeatAnchor]:
        """What is known at t: every hop that ended by then. Past the end the last features stay."""
        hop_s = self._settings.hop / self._settings.rate
        while self._t_start + (self._next + 1) * hop_s <= t + 1e-9 and self.step() is not None:
            pass
        return self._features, self._analyser.anchor


class _Log:
    """Collects counted events hop by hop."""

    def __init__(self) -> None:
        self.sounded: list[float] = []
        self.emitted: list[float] = []
        self._seen = 0

    def push(self, count: int, sounded: float, now: float) -> None:
        if count > self._seen:
            self._seen = count
            self.sounded.append(sounded)
            self.emitted.append(now)

    @property
    def times(self) -> Times:
        return Times(tuple(self.sounded), tuple(self.emitted))


def listen(samples: NDArray[np.float32], rate: int, settings: AnalysisSettings | None = None) -> BeatReport:
    """Everything the live analyser says about a sound, float32 [N, 2] or [N]."""
    ears = RecordedEars(samples, rate, settings)
    logs = {name: _Log() for name in ("beats", "kicks", "snares", "hats", "onsets", "drops")}
    beat_count, tempos = 0, []
    while (heard := ears.step()) is not None:
        f, anchor = heard
        logs["kicks"].push(f.kicks, f.kick_t, f.t)
        logs["snares"].push(f.snares, f.snare_t, f.t)
        logs["hats"].push(f.hats, f.hat_t, f.t)
        logs["onsets"].push(f.onsets, f.onset_t, f.t)
        logs["drops"].push(f.drops, f.drop_t, f.t)
        if anchor.source == "none":
            continue
        running = anchor.beat + (f.t - anchor.t) * anchor.bpm / 60.0
        beat = math.floor(running)
        if beat > beat_count:
            beat_count = beat
            logs["beats"].push(beat, f.t - (running - beat) * 60.0 / anchor.bpm, f.t)
            tempos.append(anchor.bpm)
    return BeatReport(
        seconds=len(samples) / rate,
        rate=rate,
        bpm=round(float(np.median(tempos)), 3) if tempos else 0.0,
        **{name: log.times for name, log in logs.items()},
    )


def beats_of(path: str | Path, bpm: tuple[float, float] = (80.0, 180.0), hop: int = 128) -> BeatReport:
    """Beats, kicks, snares, hats, onsets and drops of a sound file. Raises MediaError."""
    samples, rate = read(path)
    if not 32000 <= rate <= 100000:  # the detectors are tuned for 44.1-96 kHz
        samples, rate = read(path, 48000)
    return listen(samples, rate, AnalysisSettings(rate, hop * 2 if rate > 64000 else hop, bpm))

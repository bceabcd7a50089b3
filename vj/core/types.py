"""The words every part of the stage speaks: frozen snapshots, no behaviour, no devices.

Times are seconds on `time.perf_counter()`, which on Linux, macOS and Windows is one clock for all processes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Value = float | bool | str | tuple[float, ...]

BANDS = 8
SPECTRUM = 512
WAVE = 1024
CHROMA = 12


def _zeros(n: int) -> Array:
    return np.zeros(n, np.float32)


@dataclass(frozen=True, slots=True)
class AudioFeatures:
    """What the ears heard up to `t`. Events are counters, so a late reader loses none."""

    t: float = 0.0
    """when the last sample of this hop sounded (s)"""
    hop: int = 0
    """hops analysed so far"""
    lost_hops: int = 0
    """hops dropped because the analysis was late or the device overflowed"""
    rms_db: float = -120.0
    peak_db: float = -120.0
    level: float = 0.0
    """loudness after AGC, 0-1"""
    bands: Array = field(default_factory=lambda: _zeros(BANDS))
    """8 bands from 30 Hz to 16 kHz, log-spaced, after AGC, 0-1, fast (decays in about 120 ms)"""
    bands_slow: Array = field(default_factory=lambda: _zeros(BANDS))
    """the same, smoothed over about 1 s"""
    spectrum: Array = field(default_factory=lambda: _zeros(SPECTRUM))
    """magnitudes 0-1, linear in frequency from 0 Hz to half the sample rate"""
    wave: Array = field(default_factory=lambda: _zeros(WAVE))
    """the last 1024 samples (mono, -1 to 1)"""
    chroma: Array = field(default_factory=lambda: _zeros(CHROMA))
    centroid_hz: float = 0.0
    kicks: int = 0
    snares: int = 0
    hats: int = 0
    onsets: int = 0
    drops: int = 0
    kick_t: float = -1e9
    """when the last kick sounded (s); likewise the others"""
    snare_t: float = -1e9
    hat_t: float = -1e9
    onset_t: float = -1e9
    drop_t: float = -1e9
    buildup: float = 0.0
    breakdown: bool = False
    silent: bool = True
    gain_db: float = 0.0
    clipped: bool = False


@dataclass(frozen=True, slots=True)
class BeatAnchor:
    """A beat that is known: number `beat` fell at `t`, at `bpm`. Everything else is extrapolated."""

    t: float = 0.0
    bpm: float = 120.0
    beat: int = 0
    tempo_confidence: float = 0.0
    phase_confidence: float = 0.0
    octave_confidence: float = 0.0
    source: str = "none"
    """audio, link, midi, tap or none"""


@dataclass(frozen=True, slots=True)
class BeatState:
    """The beat at one instant, extrapolated from an anchor. Four beats a bar, 16 a phrase."""

    t: float = 0.0
    bpm: float = 120.0
    beat: int = 0
    phase: float = 0.0
    bar_phase: float = 0.0
    phrase_phase: float = 0.0
    tempo_confidence: float = 0.0
    phase_confidence: float = 0.0
    octave_confidence: float = 0.0
    source: str = "none"

    @property
    def beats(self) -> float:
        """Beats as one running number: count plus phase."""
        return self.beat + self.phase


@dataclass(frozen=True, slots=True)
class ControlEvent:
    """One thing a hand (or a program) did: `midi:apc/cc/48`, `osc:/layer1/opacity`, `key:space`."""

    t: float
    address: str
    value: float = 1.0


@dataclass(frozen=True, slots=True)
class Param:
    """One knob of a source, effect or transition. `kind`: float long bool event color point2D."""

    name: str
    kind: str = "float"
    default: Value = 0.0
    lo: float = 0.0
    hi: float = 1.0
    unit: str = ""
    label: str = ""
    values: tuple[int, ...] = ()
    """allowed values of a `long`, empty when any in lo..hi"""


@dataclass(frozen=True, slots=True)
class Binding:
    """source -> curve -> attack/release -> lo..hi -> target."""

    source: str
    target: str
    lo: float = 0.0
    hi: float = 1.0
    curve: str = "linear"
    attack_s: float = 0.0
    release_s: float = 0.0
    takeover: str = "jump"


@dataclass(frozen=True, slots=True)
class Moment:
    """Everything a frame may depend on. The same Moment gives the same picture."""

    t: float
    """when the frame will be seen (s)"""
    dt: float
    frame: int
    size: tuple[int, int]
    """width, height in pixels"""
    audio: AudioFeatures
    beat: BeatState
    values: Mapping[str, float] = field(default_factory=dict)
    """bound targets, such as `layer1.opacity`; see docs/setlist.md"""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class EffectLook:
    """One ISF filter of a chain with its parameters for this frame."""

    shader: str
    params: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LayerLook:
    """One layer for this frame. `key` names it for the life of the show (its buffers hang on it)."""

    key: str
    source: str
    """kind:argument, such as `shader:tunnel`, `neural:house`, `video:clip.mp4`"""
    blend: str = "normal"
    opacity: float = 1.0
    params: Mapping[str, Value] = field(default_factory=dict)
    effects: tuple[EffectLook, ...] = ()


@dataclass(frozen=True, slots=True)
class SceneLook:
    """Layers, bottom first, then effects on the whole."""

    name: str
    layers: tuple[LayerLook, ...] = ()
    effects: tuple[EffectLook, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """What the compositor draws this frame: one scene, or a transition between two."""

    scene: SceneLook
    after: SceneLook | None = None
    """the scene that is coming in, while a transition runs"""
    transition: str = "dissolve"
    progress: float = 0.0
    """0 is `scene`, 1 is `after`"""
    params: Mapping[str, Value] = field(default_factory=dict)
    """parameters of the transition"""
    effects: tuple[EffectLook, ...] = ()
    """effects on the master output"""
    brightness: float = 1.0
    """master fader; 0 is a blackout that was asked for"""
    freeze: bool = False
    """repeat the last picture"""


class FrameSource(Protocol):
    """What fills a layer. `target` is a `vj.render.gl.Target`."""

    params: tuple[Param, ...]

    def draw(self, target: Any, now: Moment, params: Mapping[str, Value]) -> bool:
        """Draw one frame into `target`; False when there is nothing to show (the layer falls back)."""

    def close(self) -> None:
        """Give everything back; may be called twice."""


class Output(Protocol):
    """What takes finished pictures. `picture` is a `vj.render.gl.Picture`."""

    def write(self, picture: Any, now: Moment) -> None:
        """Take one picture; must not block the frame loop."""

    def close(self) -> None:
        """Finish files, close windows; may be called twice."""

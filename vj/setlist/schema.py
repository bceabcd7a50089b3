"""A show as frozen data: what `setlist.toml` says, checked and complete. docs/setlist.md explains every key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vj.core.types import Binding, Value


@dataclass(frozen=True, slots=True)
class EffectSpec:
    """An ISF filter: `shader` is a name in shaders/effects or a path relative to the setlist."""

    shader: str
    params: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LayerSpec:
    """One layer; `source` is kind:argument (`shader:tunnel`, `neural:house`, `image:logo.png`, `video:clip.mp4`)."""

    source: str
    blend: str = "normal"
    opacity: float = 1.0
    params: Mapping[str, Value] = field(default_factory=dict)
    effects: tuple[EffectSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class TransitionSpec:
    """How a scene comes in: an ISF transition over `beats`, starting on the next `quantise`."""

    shader: str = "dissolve"
    beats: float = 4.0
    quantise: str = "bar"
    """off, beat, bar or phrase"""
    params: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """What the dreaming engine does in a scene."""

    pool: str = "house"
    prompts: tuple[tuple[str, float], ...] = ()
    strength: float = 0.3
    steps: int = 1
    hold: float = 4.0
    """beats an entry is held"""
    morph: float = 4.0
    """beats a morph takes"""
    motion: float = 8.0
    """beats in which an entry's loop turns once"""
    entries: tuple[str, ...] = ()
    """names of the pool's entries to walk through; empty: all"""
    mode: str = "morph"
    """how the walk goes, or `stream`: an endless dream of the prompts"""
    attr: tuple[tuple[str, float], ...] = ()
    """attributes of the model turned by hand"""
    closeness: float = 1.0
    """how much of the forms of the pool (or of the picture below, in `restyle:`) is kept while it is dreamed over"""
    listen: bool = False
    """the model is told what is heard"""


@dataclass(frozen=True, slots=True)
class Scene:
    """A look with its own bindings. Layers are drawn bottom first."""

    name: str
    layers: tuple[LayerSpec, ...]
    effects: tuple[EffectSpec, ...] = ()
    binds: tuple[Binding, ...] = ()
    transition: TransitionSpec = field(default_factory=TransitionSpec)
    engine: EngineSpec = field(default_factory=EngineSpec)
    bars: float = 0.0
    """after so many bars the next scene comes by itself (auto-pilot); 0: stays"""


@dataclass(frozen=True, slots=True)
class LfoSpec:
    """A low-frequency oscillator on the beat; a binding reads it as `lfo.NAME` (0-1)."""

    name: str
    shape: str = "sine"
    """sine, triangle, saw, ramp, square, random or smooth"""
    beats: float = 4.0
    phase: float = 0.0


@dataclass(frozen=True, slots=True)
class ShowSpec:
    title: str = "untitled"
    size: tuple[int, int] = (1280, 720)
    fps: float = 60.0
    seed: int = 1
    fallback: str = "plasma"
    """generator that is drawn when a layer's source has nothing to show"""
    effects: tuple[EffectSpec, ...] = ()
    """effects on the master output"""
    latency_ms: float = 0.0
    """how much earlier beats are drawn, for slow projectors (0-500 ms)"""
    hud: bool = False
    consent: str = ""
    """of the people in front of the live camera: who, what for, date"""


@dataclass(frozen=True, slots=True)
class AudioSpec:
    device: str = "default"
    """a device name (or a part of it), `demo` or `file:PATH`"""
    channels: tuple[int, ...] = (1, 2)
    """input channels to mix, counted from 1"""
    gain_db: float = 0.0
    hop: int = 128
    """analysis hop in samples: 128 or 256"""
    bpm: tuple[float, float] = (80.0, 180.0)
    """tempo range; octaves outside are folded into it"""


@dataclass(frozen=True, slots=True)
class PoolSpec:
    """A pool that `vj prerender` makes: its entries are shared out evenly over everything that is named."""

    name: str
    prompts: tuple[str, ...] = ()
    """entries dreamed from words"""
    families: tuple[str, ...] = ()
    """entries drawn by our own generators"""
    media: tuple[str, ...] = ()
    """entries from images, videos and folders of them, relative to the setlist"""
    count: int = 100
    frames: int = 8
    """latents in an entry's loop"""
    size: tuple[int, int] = (512, 288)
    seed: int = 7
    consent: str = ""
    """of the people in the media: who, what for, date"""


@dataclass(frozen=True, slots=True)
class EngineShow:
    """The engine for the whole show."""

    size: tuple[int, int] = (512, 288)
    runtime: str = "auto"
    """auto, eager or compiled"""
    threads: int = 0
    """0: half of the cores"""
    fps: float = 0.0
    """dreamed frames per second at most; 0: 30, or 15 on two cores; the stage blends between them"""


@dataclass(frozen=True, slots=True)
class Setlist:
    """A whole show. `digest` is the sha256 of the file's text."""

    path: Path
    show: ShowSpec
    audio: AudioSpec
    engine: EngineShow
    scenes: tuple[Scene, ...]
    binds: tuple[Binding, ...] = ()
    """bindings that hold in every scene"""
    lfos: tuple[LfoSpec, ...] = ()
    pools: tuple[PoolSpec, ...] = ()
    digest: str = ""

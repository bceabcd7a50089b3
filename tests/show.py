"""Moments and setlists for the tests of the control and setlist parts."""

from __future__ import annotations

from pathlib import Path

from vj.core.types import AudioFeatures, BeatState, Binding, Moment, Param
from vj.setlist.catalog import Catalog
from vj.setlist.schema import (
    AudioSpec,
    EngineShow,
    LayerSpec,
    LfoSpec,
    Scene,
    Setlist,
    ShowSpec,
    TransitionSpec,
)

LOOK = (Param("motion"), Param("light", default=0.5), Param("twist", default=0.3), Param("on", "bool", False))
AMOUNT = (Param("amount", default=0.5),)
CATALOG = Catalog(
    generators={"plasma": LOOK, "tunnel": (*LOOK, Param("sides", "long", 6, 0, 8, values=(0, 6, 8)))},
    effects={"bloom": AMOUNT, "kaleido": AMOUNT, "ripple": (*AMOUNT, Param("centre", "point2D", (0.5, 0.5)))},
    transitions={"dissolve": (Param("progress"),), "wipe": (Param("progress"), Param("angle"))},
    blends=("normal", "add", "screen"),
    pools={"house": ("a", "b")},
)


def moment(beats: float, bpm: float = 120.0, fps: float = 60.0, audio: AudioFeatures | None = None) -> Moment:
    """The frame at `beats`, when beat 0 was at t = 100 s."""
    t = 100.0 + beats * 60.0 / bpm
    beat = BeatState(t, bpm, int(beats // 1), beats % 1.0, beats % 4.0 / 4.0, beats % 16.0 / 16.0)
    return Moment(t, 1.0 / fps, 0, (64, 36), audio or AudioFeatures(), beat)


def scene(name: str, *binds: Binding, beats: float = 4.0, quantise: str = "bar", bars: float = 0.0) -> Scene:
    layer = LayerSpec("shader:plasma", opacity=0.8, params={"light": 0.5})
    return Scene(name, (layer,), binds=binds, transition=TransitionSpec("dissolve", beats, quantise), bars=bars)


def setlist(*scenes: Scene, binds: tuple[Binding, ...] = (), lfos: tuple[LfoSpec, ...] = ()) -> Setlist:
    return Setlist(Path("show.toml"), ShowSpec(), AudioSpec(), EngineShow(), scenes, binds, lfos)

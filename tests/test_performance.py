"""What the engine is asked for, and what hands do to the beat, without a clock or a process."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.types import Request
from vj.core.types import AudioFeatures, BeatAnchor, ControlEvent
from vj.engine_link import Dream
from vj.performance import Heard, Performance
from vj.setlist.schema import AudioSpec, EngineShow, EngineSpec, LayerSpec, Scene, Setlist, ShowSpec, TransitionSpec
from vj.stage import Stage, StageOptions

CUT = TransitionSpec(beats=0.0, quantise="off")


class Notebook:
    """An engine that only writes down what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[Request] = []

    def post(self, request: Request) -> None:
        self.asked.append(request)

    def poll(self) -> None:
        pass

    def dream_at(self, t: float, pool: str) -> Dream | None:
        return None


def performance(*sources: str) -> tuple[Performance, Notebook]:
    scenes = tuple(
        Scene(f"s{n}", (LayerSpec(source),), transition=CUT, engine=EngineSpec(hold=float(n + 1)))
        for n, source in enumerate(sources)
    )
    setlist = Setlist(Path("test.toml"), ShowSpec(size=(64, 36)), AudioSpec(), EngineShow(), scenes)
    engine = Notebook()
    return Performance(setlist, Stage(setlist, StageOptions((64, 36)), engine), engine, 5), engine


def heard(t: float, *keys: str) -> Heard:
    events = [ControlEvent(t, f"key:{key}") for key in keys]
    return Heard(t, 1 / 30, AudioFeatures(t=t), BeatAnchor(0.0, 120.0, 0, source="audio"), events)


def test_the_layer_names_the_pool_and_the_scene_the_walk() -> None:
    show, engine = performance("neural:house", "neural:night")
    show.draw(heard(1.0))
    assert engine.asked[-1].pool == "house" and engine.asked[-1].walk.hold == 1.0 and engine.asked[-1].seed == 5
    show.draw(heard(1.1, "2"))
    assert engine.asked[-1].pool == "night" and engine.asked[-1].walk.hold == 2.0


def test_the_engine_rests_while_nothing_dreams() -> None:
    show, engine = performance("shader:plasma", "neural:house")
    show.draw(heard(1.0))
    assert not engine.asked[-1].running
    show.draw(heard(1.1, "2"))
    assert engine.asked[-1].running


def test_the_request_says_where_beats_lie() -> None:
    show, engine = performance("neural:house")
    show.draw(heard(2.25))
    assert engine.asked[-1].tempo.beats_at(2.5) == pytest.approx(5.0, abs=0.01)


def test_hands_move_the_beat() -> None:
    show, _ = performance("shader:plasma")
    show.draw(heard(2.0))
    show.draw(heard(2.1, "]"))
    assert show.beats.at(2.1).bpm == pytest.approx(240.0)
    show.draw(heard(2.2, "["))
    assert show.beats.at(2.2).bpm == pytest.approx(120.0)

"""Every shader that comes along: compiles for GL 3.3, draws something, keeps its kind's law."""

from __future__ import annotations

import numpy as np
import pytest
from gl_help import context, drawn, moment, texture

from vj.core.types import AudioFeatures, BeatState, Value
from vj.render import isf, library
from vj.render.program import IsfProgram
from vj.render.sheet import other_card
from vj.render.sheet import test_card as card

SIZE = (96, 54)
ALL = [(kind, name) for kind in library.KINDS for name in library.names(kind)]


def load(kind: str, name: str) -> IsfProgram:
    return IsfProgram(context(), isf.load(library.find(kind, name)))


def of(kind: str) -> list[str]:
    return list(library.names(kind))


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_is_a_gl33_shader_of_its_folders_kind(kind: str, name: str) -> None:
    shader = load(kind, name)
    assert shader.isf.kind == library.wanted(kind)
    assert shader.compiled.version == 330
    assert shader.isf.description and shader.isf.categories
    shader.release()


@pytest.mark.parametrize("name", of("generators"))
def test_a_generator_shows_something_and_its_loop_closes(name: str) -> None:
    shader = load("generators", name)
    names = {p.name for p in shader.params}
    assert {"motion", "rate"} <= names
    loud = AudioFeatures(level=0.6, bands=np.full(8, 0.6, np.float32))

    def at(motion: float) -> np.ndarray:  # type: ignore[type-arg]
        shader.reset()
        values: dict[str, Value] = {"motion": motion, "rate": 0.0}
        return drawn(shader, moment(3.0, audio=loud), values, size=SIZE).astype(np.int16)

    start, later, almost = at(0.0), at(0.3), at(0.99999)
    assert start.mean() > 4 and start.std() > 4, "black or constant"
    assert np.abs(start - later).mean() > 0.3, "motion does not move it"
    assert np.abs(start - almost).mean() < 1.0, "the loop does not close"
    shader.release()


@pytest.mark.parametrize("name", of("effects"))
def test_an_effect_keeps_the_picture_alive(name: str) -> None:
    shader = load("effects", name)
    picture = texture(card(SIZE))
    for frame in range(3):
        now = moment(frame / 60, frame, beat=BeatState(t=frame / 60, phase=frame / 30, source="tap"))
        images = dict.fromkeys(shader.isf.image_inputs, picture)
        got = drawn(shader, now, images=images, size=SIZE)
    assert got.mean() > 4 and got.std() > 4
    shader.release()


@pytest.mark.parametrize("name", of("transitions"))
def test_a_transition_begins_and_ends_exactly(name: str) -> None:
    shader = load("transitions", name)
    start, end = card(SIZE), other_card(SIZE)
    images = {"startImage": texture(start), "endImage": texture(end)}

    def at(progress: float) -> np.ndarray:  # type: ignore[type-arg]
        shader.reset()
        return drawn(shader, moment(1.0), {"progress": progress}, images, SIZE).astype(np.int16)

    assert np.abs(at(0.0) - start).max() <= 1
    assert np.abs(at(1.0) - end).max() <= 1
    half = at(0.5)
    assert np.abs(half - start).max() > 8 and np.abs(half - end).max() > 8
    shader.release()

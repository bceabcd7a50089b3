"""The layer that the engine dreams over: what it sends, what it shows, what it falls back to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gl_help import context, moment

from vj.core.errors import VjError
from vj.engine_link import Dream
from vj.render.gl import Target
from vj.render.store import ShaderStore
from vj.setlist.catalog import catalog
from vj.setlist.load import load
from vj.sources.context import SourceContext
from vj.sources.load import open_source
from vj.sources.restyle import SIZE


class Dreamer:
    """An engine that answers everything with one colour, or not at all."""

    def __init__(self, colour: int | None) -> None:
        self.colour, self.seen = colour, []

    def show(self, picture: np.ndarray) -> None:  # type: ignore[type-arg]
        self.seen.append(picture.shape)

    def dream_at(self, t: float, pool: str) -> Dream | None:
        assert pool == "restyle"
        if self.colour is None:
            return None
        frame = np.full((18, 32, 3), self.colour, np.uint8)
        return Dream(frame, frame, 0.0, 0.0, 1)


def shown(engine: Dreamer | None, tmp_path: Path) -> float:
    stage = SourceContext(context(), ShaderStore(context(), tmp_path), tmp_path, engine=engine, offline=True)
    source = open_source("restyle:shader:waves", stage)
    target = Target(context(), (64, 36))
    for frame in range(40):  # long enough to fade
        assert source.draw(target, moment(1.0 + frame / 30, frame, dt=1 / 30), {"scale": 0.4})
    pixels = target.pixels()
    source.close()
    return float(pixels.std())


def test_the_dream_is_shown_and_the_picture_sent(tmp_path: Path) -> None:
    engine = Dreamer(120)
    assert shown(engine, tmp_path) < 1.0
    assert engine.seen[0] == (SIZE[1], SIZE[0], 3)


def test_without_a_dream_the_source_itself_is_shown(tmp_path: Path) -> None:
    assert shown(Dreamer(None), tmp_path) > 8
    assert shown(None, tmp_path) > 8


@pytest.mark.parametrize("inner", ["", "neural:house", "restyle:shader:waves", "feedback:"])
def test_what_cannot_be_dreamed_over(inner: str, tmp_path: Path) -> None:
    stage = SourceContext(context(), ShaderStore(context(), tmp_path), tmp_path)
    with pytest.raises(VjError, match="cannot be dreamed over"):
        open_source(f"restyle:{inner}", stage)
    show = tmp_path / "show.toml"
    show.write_text(f'[[scene]]\nname = "a"\n[[scene.layer]]\nsource = "restyle:{inner}"\n')
    with pytest.raises(VjError, match="restyle: and another source"):
        load(show, catalog())


def test_a_setlist_may_name_it(tmp_path: Path) -> None:
    show = tmp_path / "show.toml"
    show.write_text('[[scene]]\nname = "a"\n[[scene.layer]]\nsource = "restyle:shader:wvaes"\n')
    with pytest.raises(VjError, match='did you mean "shader:waves"'):
        load(show, catalog())
    show.write_text('[[scene]]\nname = "a"\n[[scene.layer]]\nsource = "restyle:shader:waves"\nscale = 0.2\n')
    assert load(show, catalog()).scenes[0].layers[0].source == "restyle:shader:waves"


def test_a_pools_loop_fills_the_picture_whatever_the_dream_is_zoomed_to(tmp_path: Path) -> None:
    """`zoom` of a dream is 0-1 inwards; that of a video is a factor, and 0.2 of it would be a stamp in the dark."""
    stage = SourceContext(context(), ShaderStore(context(), tmp_path), tmp_path, engine=None, offline=True)
    source, target = open_source("neural:house", stage), Target(context(), (64, 36))
    pictures = []
    for zoom in (0.0, 0.2):
        assert source.draw(target, moment(1.0, 0, dt=0.0), {"zoom": zoom})
        pictures.append(target.pixels())
    source.close()
    assert np.array_equal(*pictures)
    assert pictures[0][:4].mean() > 2.0, "the upper edge is not black"

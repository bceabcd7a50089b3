"""The visible sign: where it is, that it can be read, that the rest of the picture is as it was."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from vj.files.media import MovieSettings, MovieWriter
from vj.labels.about import SOURCES
from vj.labels.badge import WORDS, badge


def test_every_kind_has_a_word() -> None:
    assert set(WORDS) == set(SOURCES)
    with pytest.raises(ValueError, match="unknown"):
        badge("painted", (640, 360))


@pytest.mark.parametrize("size", [(640, 360), (1280, 720), (3840, 2160), (360, 640), (16, 16)])
@pytest.mark.parametrize("ground", [0, 255])
def test_it_stands_out_in_the_title_safe_corner_and_nowhere_else(size: tuple[int, int], ground: int) -> None:
    sign, before = badge("generated", size), np.full((*size[::-1], 3), ground, np.uint8)
    after = sign.on(before)
    rows, columns = np.nonzero((after != before).any(2))
    assert columns.min() >= sign.at[0] and rows.min() >= sign.at[1]
    if min(size) >= 360:
        assert columns.max() < 0.95 * size[0] + 1 and rows.max() < 0.95 * size[1] + 1
        assert columns.min() > 0.8 * size[0] and sign.value.shape[0] >= 18
        inside = after[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        assert int(inside.max()) - int(inside.min()) > 150  # bright letters on dark, whatever is below


def test_frames_and_stills_look_the_same(tmp_path: Path) -> None:
    size = (320, 180)
    pixels = np.full((180, 320, 3), 90, np.uint8)
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
    sign = badge("drawn", size)
    sign.draw(frame)
    assert abs(frame.to_ndarray(format="rgb24").astype(int) - sign.on(pixels)).max() <= 3


@pytest.mark.parametrize("kind", ["", "edited"])
def test_a_film_has_it_when_asked(tmp_path: Path, kind: str) -> None:
    writer = MovieWriter(tmp_path / "a.mp4", MovieSettings((320, 180), 30.0, 0, badge=kind))
    writer.video(np.full((180, 320, 3), 90, np.uint8), 0.0)
    writer.close()
    with av.open(str(tmp_path / "a.mp4")) as container:
        seen = next(container.decode(video=0)).to_ndarray(format="gray")
    corner = seen[150:172, 220:306]
    assert (int(corner.max()) - int(corner.min()) > 100) == bool(kind)
    assert np.ptp(seen[:140].astype(int)) < 6


def test_a_show_and_a_rendering_can_be_asked_for_it() -> None:
    from vj.app import PlayOptions
    from vj.cli import play, render

    assert PlayOptions().badge is False
    assert all("badge" in command.__annotations__ for command in (play, render))

"""The contact sheet that shader authors look at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gl_help import context
from PIL import Image

from vj.core.paths import data_dir
from vj.render import sheet


def test_a_sheet_has_a_row_per_file_and_tells_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    context()  # skips where there is no OpenGL
    good, bad = tmp_path / "good.fs", tmp_path / "bad.fs"
    good.write_text(
        '/*{"INPUTS": [{"NAME": "motion", "TYPE": "float"}]}*/\nvoid main() { gl_FragColor = vec4(motion); }\n'
    )
    bad.write_text("/*{}*/\nvoid main() { oops; }\n")
    out = tmp_path / "out.png"
    assert sheet.main([str(out), "--size", "64x36", "--times", "0.25,0.5", str(good), str(bad)]) == 1
    assert "bad.fs:2" in capsys.readouterr().err
    page = np.asarray(Image.open(out))
    assert page.shape == (2 * (36 + 22) + 4, 2 * 68 + 4, 3)
    assert tuple(page[20, 20]) == (64, 64, 64) and tuple(page[20, 90]) == (128, 128, 128)
    assert sheet.main([str(out), "--size", "64x36", str(good)]) == 0


def test_filters_lie_over_a_generator_when_asked(tmp_path: Path) -> None:
    context()
    same = tmp_path / "same.fs"
    same.write_text(
        '/*{"INPUTS": [{"NAME": "inputImage", "TYPE": "image"}]}*/\n'
        "void main() { gl_FragColor = IMG_THIS_PIXEL(inputImage); }\n"
    )
    card = sheet.row(context(), same, (64, 36), [0.0])[0]
    assert np.array_equal(card, sheet.test_card((64, 36)))
    plasma = data_dir("shaders") / "generators" / "plasma.fs"
    over = sheet.row(context(), same, (64, 36), [0.25], plasma)[0]
    assert np.array_equal(over, sheet.row(context(), plasma, (64, 36), [0.25])[0])

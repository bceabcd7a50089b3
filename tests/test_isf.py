"""The ISF header: what it says, what is coerced, what is refused and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from vj.core.errors import ShaderError
from vj.render import isf
from vj.render.expression import evaluate


def read(header: str, folder: Path, body: str = "void main() { gl_FragColor = vec4(1.0); }\n") -> isf.IsfFile:
    path = folder / "it.fs"
    path.write_text(f"/*{header}*/\n{body}")
    return isf.load(path)


def test_a_plain_header_becomes_data(tmp_path: Path) -> None:
    got = read(
        """ { "DESCRIPTION": "d", "CATEGORIES": ["Generator"], "INPUTS": [
        {"NAME": "amount", "TYPE": "float", "DEFAULT": 0.25, "MIN": -1, "MAX": 2, "LABEL": "Amount"},
        {"NAME": "mode", "TYPE": "long", "VALUES": [0, 2, 5], "LABELS": ["a", "b", "c"], "DEFAULT": 2},
        {"NAME": "on", "TYPE": "bool", "DEFAULT": 1},
        {"NAME": "hit", "TYPE": "event"},
        {"NAME": "tint", "TYPE": "color", "DEFAULT": [1, 0.5, 0]},
        {"NAME": "at", "TYPE": "point2D", "DEFAULT": [0.5, 0.25]},
        {"NAME": "pic", "TYPE": "image"},
        {"NAME": "fft", "TYPE": "audioFFT", "MAX": 64}] }""",
        tmp_path,
    )
    amount, mode, on, hit, tint, at = got.params
    assert (amount.default, amount.lo, amount.hi, amount.label) == (0.25, -1.0, 2.0, "Amount")
    assert (mode.kind, mode.default, mode.values, mode.hi) == ("long", 2.0, (0, 2, 5), 5.0)
    assert on.default is True and hit.default is False
    assert tint.default == (1.0, 0.5, 0.0, 1.0)
    assert at.default == (0.5, 0.25) and "at" in got.unbounded
    assert got.image_inputs == ("pic",)
    assert got.audio_inputs == (isf.AudioInput("fft", "audioFFT", 64),)
    assert got.kind == "generator" and got.name == "it" and got.categories == ("Generator",)
    assert got.passes == (isf.IsfPass(),)


@pytest.mark.parametrize(
    ("inputs", "kind"),
    [
        ('{"NAME": "inputImage", "TYPE": "image"}', "filter"),
        (
            '{"NAME": "startImage", "TYPE": "image"}, {"NAME": "endImage", "TYPE": "image"},'
            '{"NAME": "progress", "TYPE": "float"}',
            "transition",
        ),
        ('{"NAME": "other", "TYPE": "image"}', "generator"),
    ],
)
def test_the_kind_follows_from_the_inputs(tmp_path: Path, inputs: str, kind: str) -> None:
    assert read(f'{{"INPUTS": [{inputs}]}}', tmp_path).kind == kind


def test_odd_headers_are_understood(tmp_path: Path) -> None:
    got = read(
        """{"inputs": [{"name": "a", "type": "FLOAT", "default": "3", "min": "0", "max": "1"},
        {"NAME": "b", "TYPE": "bool", "DEFAULT": "true"}],
        "PASSES": [{"TARGET": "t", "persistent": 1, "FLOAT": "true", "WIDTH": 64, "HEIGHT": "$HEIGHT/2"}, {}],
        "SOMETHING": {"NEW": 1}}""",
        tmp_path,
    )
    assert (got.params[0].default, got.params[0].hi) == (3.0, 3.0)
    assert got.params[1].default is True
    assert got.passes[0] == isf.IsfPass("t", True, True, "64", "$HEIGHT/2")


def test_notes_and_spare_commas_in_the_header_are_understood(tmp_path: Path) -> None:
    got = read('{ // why\n "DESCRIPTION": "see //x, ]", "CATEGORIES": ["a",], // and\n}', tmp_path)
    assert (got.description, got.categories) == ("see //x, ]", ("a",))
    with pytest.raises(ShaderError, match=r"it\.fs:3: the ISF header is not JSON: .* \(column 2\)"):
        read('{ // why\n "INPUTS": [],\n oops\n}', tmp_path)


def test_a_licence_or_a_byte_order_mark_may_come_first(tmp_path: Path) -> None:
    path = tmp_path / "it.fs"
    path.write_bytes(b'\xef\xbb\xbf/* free for all */\r\n/*{"DESCRIPTION": "d"}*/\r\nvoid main() {}\r\n')
    got = isf.load(path)
    assert got.description == "d"
    assert got.fragment.splitlines()[1] == "/* free for all */"


def test_an_input_said_twice_counts_once(tmp_path: Path) -> None:
    got = read(
        """{"INPUTS": [{"NAME": "a", "TYPE": "float", "DEFAULT": 0.25}, {"NAME": "a", "TYPE": "float"},
        {"NAME": "pic", "TYPE": "image"}, {"NAME": "pic", "TYPE": "image"}]}""",
        tmp_path,
    )
    assert [(p.name, p.default) for p in got.params] == [("a", 0.25)]
    assert got.image_inputs == ("pic",)


def test_buffers_as_version_one_wrote_them(tmp_path: Path) -> None:
    got = read(
        '{"PERSISTENT_BUFFERS": {"t": {"FLOAT": true, "WIDTH": "8"}}, "PASSES": [{"TARGET": "t"}, {}]}', tmp_path
    )
    assert got.passes[0] == isf.IsfPass("t", True, True, "8", "")
    named = read('{"PERSISTENT_BUFFERS": ["t"], "PASSES": [{"TARGET": "t"}]}', tmp_path)
    assert named.passes[0].persistent


def test_mistakes_name_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(ShaderError, match=r"it\.fs:3: the ISF header is not JSON"):
        read('{\n "INPUTS": [\n  oops\n]}', tmp_path)
    with pytest.raises(
        ShaderError, match=r'it\.fs:2: input "a" has the unknown type "flot" \(did you mean "float"\?\)'
    ):
        read('{"INPUTS": [\n {"NAME": "a", "TYPE": "flot"}]}', tmp_path)
    with pytest.raises(ShaderError, match="identifier"):
        read('{"INPUTS": [{"NAME": "a b", "TYPE": "float"}]}', tmp_path)
    (tmp_path / "no.fs").write_text("void main() {}")
    with pytest.raises(ShaderError, match="no ISF header"):
        isf.load(tmp_path / "no.fs")
    with pytest.raises(ShaderError, match=r"gone\.fs"):
        isf.load(tmp_path / "gone.fs")


def test_includes_keep_their_lines(tmp_path: Path) -> None:
    (tmp_path / "inner.glsl").write_text("float inner() { return 1.0; }\n")
    got = read("{}", tmp_path, '#include "inner.glsl"\n#include "inner.glsl"\nvoid main() {}\n')
    assert got.files == (tmp_path / "it.fs", tmp_path / "inner.glsl")
    assert got.fragment.count("float inner()") == 1
    assert f"#line {isf.LINES + 1}\n" in got.fragment and "#line 3\n" in got.fragment
    with pytest.raises(ShaderError, match=r'it\.fs:2: include "gone.glsl" is not there'):
        read("{}", tmp_path, '#include "gone.glsl"\n')


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$WIDTH", 640.0),
        ("WIDTH / 2.0", 320.0),
        ("floor($WIDTH/7.0)", 91.0),
        ("max($HEIGHT, $WIDTH) - 2 * (3 + 4)", 626.0),
        ("min($blur*100, 50)", 25.0),
        ("-2 - -3", 1.0),
        ("2 + 3 * 4 - 6 / 2", 11.0),
        ("1e2", 100.0),
        ("2 * 2^3^2 - 1", 1023.0),
        ("-2^2", -4.0),
        ("$WIDTH % 7 + mod(10, 4)", 5.0),
        ("pow(2, ceil(log2($WIDTH)))", 1024.0),
        ("clamp(trunc($HEIGHT / 7), 1, 8)", 8.0),
    ],
)
def test_size_expressions(text: str, value: float) -> None:
    assert evaluate(text, {"WIDTH": 640, "HEIGHT": 360, "blur": 0.25}) == value


@pytest.mark.parametrize(
    "text", ["", "1 +", "(1", "foo", "1 2", "floor()", "1/0", "1%0", "__import__('os')", "sqrt(0-1)"]
)
def test_bad_expressions_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        evaluate(text, {"WIDTH": 1})

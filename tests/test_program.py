"""Drawing ISF: uniforms, passes, buffers that remember, sound, inputs that the host fills, errors with their line."""

from __future__ import annotations

from pathlib import Path

import moderngl
import numpy as np
import pytest
from gl_help import SIZE, context, drawn, flat, moment, program, texture
from PIL import Image

from vj.core.errors import MediaError, ShaderError
from vj.core.types import AudioFeatures, BeatState, Param
from vj.render.gl import Target
from vj.render.program import coerce


def shader(inputs: str, body: str, folder: Path, more: str = "", name: str = "it.fs"):  # type: ignore[no-untyped-def]
    header = f'{{"INPUTS": [{inputs}]{more}}}'
    return program(f"/*{header}*/\nvoid main() {{\n{body}\n}}\n", folder, name)


def test_the_origin_is_bottom_left_and_pixels_come_top_row_first(tmp_path: Path) -> None:
    got = drawn(shader("", "gl_FragColor = vec4(isf_FragNormCoord, 0.0, 1.0);", tmp_path))
    assert got.shape == (18, 32, 3)
    assert got[-1, 0, 0] < 8 and got[-1, 0, 1] < 8  # bottom left
    assert got[0, -1, 0] > 247 and got[0, -1, 1] > 247  # top right


def test_pictures_go_in_and_out_the_same_way_up(tmp_path: Path) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (18, 32, 3), dtype=np.uint8)
    for body in (
        "IMG_THIS_PIXEL(inputImage)",
        "IMG_NORM_PIXEL(inputImage, isf_FragNormCoord)",
        "IMG_PIXEL(inputImage, gl_FragCoord.xy)",
        "texture2D(inputImage, vv_FragNormCoord)",
    ):
        it = shader('{"NAME": "inputImage", "TYPE": "image"}', f"gl_FragColor = {body};", tmp_path)
        assert np.array_equal(drawn(it, images={"inputImage": texture(picture)}), picture), body


def test_older_names_sample_the_same_pixel(tmp_path: Path) -> None:
    picture = np.random.default_rng(2).integers(0, 256, (18, 32, 3), dtype=np.uint8)
    for body in (
        "texture2DRect(inputImage, gl_FragCoord.xy)",
        "texture2DLod(inputImage, vv_FragNormCoord, 0.0)",
        "texture2DProj(inputImage, vec3(isf_FragNormCoord, 1.0))",
        "IMG_PIXEL(inputImage, isf_FragCoord.xy)",
        "IMG_PIXEL(inputImage, gl_FragCoord.xy, 0.0)",
        "IMG_NORM_PIXEL(inputImage, isf_FragNormCoord, 0.0)",
        "texture2D(inputImage, isf_FragNormCoord, 0.0)",
    ):
        it = shader('{"NAME": "inputImage", "TYPE": "image"}', f"gl_FragColor = {body};", tmp_path)
        assert np.array_equal(drawn(it, images={"inputImage": texture(picture)}), picture), body


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("texture", "void main() { gl_FragColor = IMG_THIS_PIXEL(texture); }"),
        (
            "inputImage",
            """vec4 look(sampler2D texture, vec2 at) { return texture2D(texture, at); }
            void main() { gl_FragColor = look(inputImage, isf_FragNormCoord); }""",
        ),
        (
            "inputImage",
            """vec4 texture(vec2 at) { return IMG_NORM_PIXEL(inputImage, at); }
            void main() { gl_FragColor = 0.5 * texture(isf_FragNormCoord) + 0.5 * IMG_THIS_PIXEL(inputImage); }""",
        ),
    ],
)
def test_a_file_may_call_its_own_things_texture(tmp_path: Path, name: str, body: str) -> None:
    it = program(f'/*{{"INPUTS": [{{"NAME": "{name}", "TYPE": "image"}}]}}*/\n{body}\n', tmp_path)
    assert tuple(drawn(it, images={name: texture(flat((10, 200, 30)))})[0, 0]) == (10, 200, 30)


def test_directives_and_comments_of_older_glsl(tmp_path: Path) -> None:
    it = program(
        """#version 120
        /*{}*/
        #extension GL_OES_standard_derivatives : enable
        // a roof /\\
        void main() { gl_FragColor = vec4(fwidth(isf_FragNormCoord.x) * 16.0, 1.0, 0.0, 1.0); }
        """,
        tmp_path,
    )
    assert tuple(drawn(it)[0, 0]) == (128, 255, 0)


def test_img_pixel_divides_by_that_images_size(tmp_path: Path) -> None:
    small = flat((0, 0, 0), (4, 2))
    small[0, 3] = 255  # its top right pixel
    it = shader(
        '{"NAME": "inputImage", "TYPE": "image"}', "gl_FragColor = IMG_PIXEL(inputImage, vec2(3.5, 1.5));", tmp_path
    )
    assert drawn(it, images={"inputImage": texture(small)}).min() == 255


def test_standard_uniforms(tmp_path: Path) -> None:
    body = "gl_FragColor = vec4(TIME / 10.0, float(FRAMEINDEX) / 10.0, TIMEDELTA * 10.0, 1.0);"
    it = shader("", body, tmp_path)
    hour = 36000.0 * 24  # a stage that has been on for a day: TIME must not lose its fraction
    assert tuple(drawn(it, moment(hour))[0, 0]) == (0, 0, 0)
    assert tuple(drawn(it, moment(hour + 2.0, dt=0.05))[0, 0]) == (51, 26, 128)
    it.reset()
    assert tuple(drawn(it, moment(hour + 4.0))[0, 0]) == (0, 0, 0)
    size = shader("", "gl_FragColor = vec4(RENDERSIZE / 100.0, 0.0, 1.0);", tmp_path)
    assert tuple(drawn(size)[0, 0]) == (82, 46, 0)
    date = shader("", "gl_FragColor = vec4(DATE.x == 2026.0, DATE.yz, 1.0);", tmp_path)
    assert tuple(drawn(date)[0, 0]) == (255, 255, 255)


def test_values_are_clamped_and_typed(tmp_path: Path) -> None:
    inputs = """{"NAME": "a", "TYPE": "float", "MIN": 0, "MAX": 0.5}, {"NAME": "m", "TYPE": "long", "VALUES": [1, 3]},
    {"NAME": "on", "TYPE": "bool"}, {"NAME": "c", "TYPE": "color"}, {"NAME": "p", "TYPE": "point2D"},
    {"NAME": "unused", "TYPE": "float"}"""
    it = shader(inputs, "gl_FragColor = vec4(a, float(m) / 10.0, on ? c.g : p.x / 100.0, 1.0);", tmp_path)
    assert tuple(drawn(it, params={"a": 9.0, "m": 2.9, "p": (100.0, 0.0)})[0, 0]) == (128, 76, 255)
    got = drawn(it, params={"a": float("nan"), "m": 1, "on": 1.0, "c": (0.0, 7.0, 0.0, 1.0), "nobody": 3.0})
    assert tuple(got[0, 0]) == (0, 26, 255)


def test_coerce() -> None:
    number = Param("a", "float", 0.25, 0.0, 1.0)
    assert coerce(number, 3) == 1.0 and coerce(number, "text") == 0.25 and coerce(number, True) == 1.0
    point = Param("p", "point2D", (0.5, 0.5), 0.0, 1.0)
    assert coerce(point, (4.0,)) == (1.0, 0.5) and coerce(point, (4.0, -4.0), bounded=False) == (4.0, -4.0)
    assert coerce(Param("n", "long", 0.0, 0.0, 9.0), 2.6) == 3
    assert coerce(Param("b", "bool", False), 0.4) is False


def test_an_event_is_true_for_one_frame(tmp_path: Path) -> None:
    it = shader('{"NAME": "hit", "TYPE": "event"}', "gl_FragColor = vec4(hit ? 1.0 : 0.0);", tmp_path)
    seen = [int(drawn(it, params={"hit": value})[0, 0, 0]) for value in (0.0, 1.0, 1.0, 0.0, 1.0)]
    assert seen == [0, 255, 0, 0, 255]


COUNT = (
    "if (PASSINDEX == 0) gl_FragColor = IMG_THIS_PIXEL(kept) + vec4(0.125); else gl_FragColor = IMG_THIS_PIXEL(kept);"
)


def test_persistent_buffers_remember_and_belong_to_one_instance(tmp_path: Path) -> None:
    more = ', "PASSES": [{"TARGET": "kept", "PERSISTENT": true, "FLOAT": true}, {}]'
    one, two = shader("", COUNT, tmp_path, more), shader("", COUNT, tmp_path, more)
    values = [int(drawn(one, moment(i / 60, i))[0, 0, 0]) for i in range(3)]
    assert values == [32, 64, 96]
    assert int(drawn(two)[0, 0, 0]) == 32
    assert int(drawn(one, size=(64, 36))[0, 0, 0]) == 128  # resized, not cleared
    one.reset()
    assert int(drawn(one)[0, 0, 0]) == 32


def test_float_buffers_hold_more_than_one(tmp_path: Path) -> None:
    body = """if (PASSINDEX == 0) gl_FragColor = vec4(-3.0, 40.0, 0.0, 1.0);
    else gl_FragColor = IMG_THIS_PIXEL(b) / 80.0 + 0.25;"""
    floating = shader("", body, tmp_path, ', "PASSES": [{"TARGET": "b", "FLOAT": true}, {}]')
    assert tuple(drawn(floating)[0, 0, :2]) == (54, 191)
    eight = shader("", body, tmp_path, ', "PASSES": [{"TARGET": "b"}, {}]')
    assert tuple(drawn(eight)[0, 0, :2]) == (64, 67)


def test_passes_have_sizes_of_their_own(tmp_path: Path) -> None:
    body = """if (PASSINDEX == 0) gl_FragColor = vec4(RENDERSIZE.x / 100.0, RENDERSIZE.y / 100.0, 0.0, 1.0);
    else gl_FragColor = IMG_THIS_PIXEL(small) + vec4(0.0, 0.0, IMG_SIZE(small).x / 100.0, 0.0);"""
    passes = ', "PASSES": [{"TARGET": "small", "WIDTH": "floor($WIDTH*part)", "HEIGHT": 6}, {}]'
    it = shader('{"NAME": "part", "TYPE": "float", "DEFAULT": 0.5}', body, tmp_path, passes)
    assert tuple(drawn(it)[0, 0]) == (41, 15, 41)
    assert tuple(drawn(it, params={"part": 0.25})[0, 0]) == (20, 15, 20)
    broken = shader("", "gl_FragColor = vec4(1.0);", tmp_path, ', "PASSES": [{"TARGET": "x", "WIDTH": "$foo"}, {}]')
    with pytest.raises(ShaderError, match='unknown "foo"'):
        drawn(broken)


def test_a_last_pass_with_a_target_is_shown_too(tmp_path: Path) -> None:
    it = shader(
        "",
        "gl_FragColor = IMG_THIS_PIXEL(b) + vec4(0.25);",
        tmp_path,
        ', "PASSES": [{"TARGET": "b", "PERSISTENT": true}]',
    )
    assert [int(drawn(it)[0, 0, 0]) for _ in range(2)] == [64, 128]


def test_sound_arrives_as_textures(tmp_path: Path) -> None:
    wave = np.linspace(-1, 1, 1024).astype(np.float32)
    spectrum = np.zeros(512, np.float32)
    spectrum[0:128] = 0.5
    now = moment(audio=AudioFeatures(wave=wave, spectrum=spectrum))
    inputs = '{"NAME": "w", "TYPE": "audio"}, {"NAME": "f", "TYPE": "audioFFT", "MAX": 4}'
    body = """gl_FragColor.r = IMG_NORM_PIXEL(w, isf_FragNormCoord).r;
    gl_FragColor.gba = vec3(IMG_PIXEL(f, vec2(0.5)).r, IMG_PIXEL(f, vec2(1.5, 0.5)).g, 1.0);"""
    it = shader(inputs, body, tmp_path)
    got = drawn(it, now)
    assert got[0, 0, 0] < 6 and got[0, -1, 0] > 249 and abs(int(got[0, 16, 0]) - 130) < 4
    assert got[0, 0, 1] == 128 and got[0, 0, 2] == 0


def test_the_host_fills_reserved_inputs(tmp_path: Path) -> None:
    inputs = ",".join(f'{{"NAME": "{n}", "TYPE": "float", "DEFAULT": 0}}' for n in ("kick", "bass", "barPhase"))
    it = shader(inputs, "gl_FragColor = vec4(kick, bass, barPhase, 1.0);", tmp_path)
    bands = np.array([0.4, 0.6, 0, 0, 0, 0, 0, 0], np.float32)
    beat = BeatState(bpm=120, beat=3, phase=0.0, bar_phase=0.75, source="tap")
    now = moment(10.18, audio=AudioFeatures(bands=bands, kick_t=10.0), beat=beat)
    assert tuple(drawn(it, now)[0, 0]) == (128, 128, 191)
    assert tuple(drawn(it, now, {"kick": 1.0})[0, 0]) == (255, 128, 191)


def test_motion_follows_a_known_beat_only(tmp_path: Path) -> None:
    inputs = """{"NAME": "motion", "TYPE": "float", "MAX": 1}, {"NAME": "rate", "TYPE": "float", "DEFAULT": 0.5}"""
    it = shader(inputs, "gl_FragColor = vec4(motion, rate, 0.0, 1.0);", tmp_path)
    beat = BeatState(beat=20, phase=0.0, source="audio")
    assert tuple(drawn(it)[0, 0]) == (0, 128, 0)
    assert tuple(drawn(it, moment(beat=beat))[0, 0]) == (64, 0, 0)
    assert tuple(drawn(it, moment(beat=beat), {"motion": 3.5})[0, 0]) == (128, 0, 0)
    assert tuple(drawn(it, moment(beat=beat), {"rate": 1.0})[0, 0]) == (0, 255, 0)


def test_compile_errors_name_the_line(tmp_path: Path) -> None:
    with pytest.raises(ShaderError, match=r"it\.fs:4: .*wrong"):
        program("/*{}*/\n\nvoid main() {\n  gl_FragColor = vec4(wrong);\n}\n", tmp_path)
    (tmp_path / "inner.glsl").write_text("\nfloat f() { return broken; }\n")
    with pytest.raises(ShaderError, match=r"inner\.glsl:2: .*broken"):
        program('/*{}*/\n#include "inner.glsl"\nvoid main() { gl_FragColor = vec4(f()); }\n', tmp_path)
    (tmp_path / "inner.glsl").write_text("float f() { return 1.0; }\n\n\n\n")
    with pytest.raises(ShaderError, match=r"it\.fs:4: .*late"):
        program('/*{}*/\n#include "inner.glsl"\nvoid main() {\nlate; }\n', tmp_path)
    with pytest.raises(ShaderError, match=r"it\.fs:3: .*RENDERSIZE"):
        program("/*{}*/\nvoid main() { gl_FragColor = vec4(1.0); }\nvec3 RENDERSIZE;\n", tmp_path)


def test_a_vertex_shader_beside_the_file_is_used(tmp_path: Path) -> None:
    (tmp_path / "it.vs").write_text(
        "varying vec2 twice;\nvoid main() { isf_vertShaderInit(); twice = isf_FragNormCoord * 2.0; }\n"
    )
    it = program("/*{}*/\nvarying vec2 twice;\nvoid main() { gl_FragColor = vec4(twice * 0.5, 0.0, 1.0); }\n", tmp_path)
    got = drawn(it)
    assert got[-1, 0, 0] < 8 and got[0, -1, 0] > 247 and got[0, -1, 1] > 247


def test_imported_pictures(tmp_path: Path) -> None:
    Image.fromarray(flat((10, 200, 30))).save(tmp_path / "dot.png")
    more = ', "IMPORTED": {"dot": {"PATH": "dot.png"}}'
    assert tuple(drawn(shader("", "gl_FragColor = IMG_THIS_PIXEL(dot);", tmp_path, more))[0, 0]) == (10, 200, 30)
    with pytest.raises(MediaError, match=r"gone\.png"):
        shader(
            "", "gl_FragColor = IMG_THIS_PIXEL(dot);", tmp_path, ', "IMPORTED": [{"NAME": "dot", "PATH": "gone.png"}]'
        )


def test_older_implicit_conversions_fall_back_to_420(tmp_path: Path) -> None:
    it = shader("", "const float half_ = isf_FragNormCoord.x; gl_FragColor = vec4(half_, 0.0, 0.0, 1.0);", tmp_path)
    assert it.compiled.version == 420 and drawn(it)[0, -1, 0] > 247


def test_an_absent_image_is_black_not_an_error(tmp_path: Path) -> None:
    it = shader('{"NAME": "pic", "TYPE": "image"}', "gl_FragColor = IMG_THIS_PIXEL(pic);", tmp_path)
    assert drawn(it).max() == 0


def test_the_same_moments_give_the_same_pictures(tmp_path: Path) -> None:
    more = ', "PASSES": [{"TARGET": "kept", "PERSISTENT": true}, {}]'
    body = "gl_FragColor = fract(IMG_THIS_PIXEL(kept) * 1.7 + vec4(TIME, isf_FragNormCoord, 1.0) * 0.31);"
    runs = []
    for _ in range(2):
        it = shader("", body, tmp_path, more)
        runs.append([drawn(it, moment(5 + i / 60, i)) for i in range(5)])
    assert all(np.array_equal(a, b) for a, b in zip(*runs, strict=True))
    assert not np.array_equal(runs[0][0], runs[0][4])


def test_releasing_gives_every_buffer_back(tmp_path: Path) -> None:
    it = shader("", COUNT, tmp_path, ', "PASSES": [{"TARGET": "kept", "PERSISTENT": true}, {}]')
    it.draw(Target(context(), SIZE), moment(), {})
    textures = [side.texture for buffer in it._buffers.values() for side in (buffer.front, buffer.back)]
    assert len(textures) == 2
    it.release()
    assert not it._buffers
    assert all(isinstance(texture.mglo, moderngl.mgl.InvalidObject) for texture in textures)

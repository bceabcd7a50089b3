"""The GLSL around an ISF file: the preamble that makes it a GL 3.3 shader, and the driver's messages made readable."""

from __future__ import annotations

import re

from vj.core.errors import ShaderError
from vj.render.isf import LINES, IsfFile

_TYPES = {"float": "float", "long": "int", "bool": "bool", "event": "bool", "color": "vec4", "point2D": "vec2"}
# Mesa "0:12(5): error", NVIDIA "0(12) : error", Apple, AMD and Intel "ERROR: 0:12: ..."
_MESSAGE = re.compile(r"(?:ERROR:\s*)?(\d+)[:(](\d+)\)?(?:\(\d+\))?\s*:\s*(.*)")

# Sampling goes through functions of our own that come before everything of the file's: a file may call an input, a
# parameter or a function of its own "texture", which hides GLSL's from there on.
_COMMON = """
uniform vec2 RENDERSIZE;
uniform float TIME;
uniform float TIMEDELTA;
uniform vec4 DATE;
uniform int FRAMEINDEX;
vec4 isf_sample(sampler2D image, vec2 at) { return texture(image, at); }
vec4 isf_pixel(sampler2D image, vec2 at) { return texture(image, at / vec2(textureSize(image, 0))); }
#define texture2D isf_sample
#define texture2DRect isf_pixel
#define texture2DLod textureLod
#define texture2DLodEXT textureLod
#define texture2DProj textureProj
#define textureCube texture
#define vv_FragNormCoord isf_FragNormCoord
#define isf_fragCoord gl_FragCoord
#define isf_FragCoord gl_FragCoord
#define IMG_SIZE(image) vec2(textureSize(image, 0))
#define IMG_NORM_PIXEL isf_sample
#define IMG_PIXEL isf_pixel
#define IMG_THIS_PIXEL(image) isf_sample(image, isf_FragNormCoord)
#define IMG_THIS_NORM_PIXEL(image) isf_sample(image, isf_FragNormCoord)
"""
_FRAGMENT = """
in vec2 isf_FragNormCoord;
out vec4 isf_out;
#define gl_FragColor isf_out
#define varying in
vec4 isf_sample(sampler2D image, vec2 at, float bias) { return texture(image, at, bias); }
vec4 isf_pixel(sampler2D image, vec2 at, float bias) {
    return texture(image, at / vec2(textureSize(image, 0)), bias);
}
"""
_VERTEX = """
in vec2 isf_corner;
out vec2 isf_FragNormCoord;
#define varying out
#define attribute in
void isf_vertShaderInit() { gl_Position = vec4(isf_corner, 0.0, 1.0); isf_FragNormCoord = isf_corner * 0.5 + 0.5; }
#define vv_vertShaderInit isf_vertShaderInit
"""
_PLAIN_VERTEX = "void main() { isf_vertShaderInit(); }\n"


def images(isf: IsfFile) -> tuple[str, ...]:
    """Every name a shader may sample: inputs, sounds, imported pictures, its own buffers."""
    buffers = [p.target for p in isf.passes if p.target]
    sounds = [a.name for a in isf.audio_inputs]
    return tuple(dict.fromkeys([*isf.image_inputs, *sounds, *(n for n, _ in isf.imported), *buffers]))


def sources(isf: IsfFile, version: int, index: int) -> tuple[str, str]:
    """(vertex, fragment) GLSL of `version` (330 or 420) for pass `index`.

    PASSINDEX is a constant, so that a pass does not carry the work of the others: software renderers run both sides
    of every branch.
    """
    head = f"#version {version} core\n#line {1000 * LINES}\nconst int PASSINDEX = {index};{_COMMON}"
    lines = [f"uniform {_TYPES[p.kind]} {p.name};" for p in isf.params]
    for name in images(isf):
        lines.append(f"uniform sampler2D {name};")
        lines.append(f"uniform vec4 _{name}_imgRect; uniform vec2 _{name}_imgSize; uniform bool _{name}_flip;")
    own = "\n".join(lines) + "\n"
    return head + _VERTEX + own + (isf.vertex or _PLAIN_VERTEX), head + _FRAGMENT + own + isf.fragment


def compile_error(isf: IsfFile, message: str) -> ShaderError:
    """The first thing the driver says, with the file and line it means: `file:line: message`."""
    for raw in message.splitlines():
        found = _MESSAGE.search(raw)
        if not found or "warning" in raw.lower():
            continue
        (number, line), said = divmod(int(found.group(2)), LINES), found.group(3).strip()
        where = f"{isf.files[number]}:{line}" if number < len(isf.files) else str(isf.path)
        return ShaderError(f"{where}: {said}")
    said = " ".join(line.strip() for line in message.splitlines() if line.strip(" =-"))
    return ShaderError(f"{isf.path}: {said or 'the driver gives no reason'}")

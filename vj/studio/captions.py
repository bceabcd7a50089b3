"""The caption grammar: what the world knows of a clip, said in words with synonyms. Tables; the code is at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

FAMILIES: dict[str, tuple[str, ...]] = {
    "tunnel": ("tunnel", "tube", "wormhole", "tunnel of light"),
    "kaleidoscope": ("kaleidoscope", "mandala", "kaleidoscopic pattern", "mirrored flower"),
    "plasma": ("plasma", "clouds of colour", "lava lamp", "colour field"),
    "spiral": ("spiral", "vortex", "whirl", "galaxy of arms"),
    "rings": ("rings", "circles", "ripples", "concentric rings"),
    "waves": ("waves", "sea of waves", "wave lines", "rolling waves"),
    "voronoi": ("voronoi cells", "cells", "cracked glass", "stained glass"),
    "starfield": ("starfield", "stars", "hyperspace", "flight through stars"),
    "metaballs": ("metaballs", "blobs", "liquid drops", "melting blobs"),
    "beams": ("beams", "laser beams", "rays of light", "lasers"),
    "grid": ("grid", "neon grid", "lattice", "retro grid"),
    "truchet": ("truchet tiles", "maze", "labyrinth of arcs", "woven tiles"),
    "ink": ("ink", "ink in water", "smoke", "marbled ink"),
    "fractal": ("fractal", "julia set", "fractal filigree", "infinite fractal"),
    "spheres": ("spheres", "balls", "floating spheres", "glass spheres"),
    "corridor": ("corridor", "hallway", "gallery of frames", "endless corridor"),
    "particles": ("particles", "sparks", "fireflies", "swarm of particles"),
    "ribbons": ("ribbons", "silk ribbons", "flowing bands", "light trails"),
    "petals": ("petals", "blossom", "opening flower", "rose of light"),
    "hexagons": ("hexagons", "honeycomb", "hexagonal tiles", "hive"),
    "moire": ("moire", "interference lines", "moire pattern", "optical illusion"),
    "checker": ("checkerboard", "chequered floor", "op art squares", "warped chessboard"),
    "lissajous": ("lissajous curves", "oscilloscope figure", "harmonic curves", "loops of wire"),
    "circuit": ("circuit board", "circuit traces", "electronic circuit", "motherboard"),
    "lightning": ("lightning", "electric arcs", "thunderbolts", "plasma sparks"),
    "flames": ("flames", "bonfire", "burning fire", "tongues of fire"),
    "terrain": ("mountains", "landscape", "terrain", "mountain flight"),
    "city": ("city", "skyline", "skyscrapers", "night city"),
    "ocean": ("ocean waves", "sea", "sea under the sun", "water surface"),
    "torus": ("torus", "donuts", "linked rings", "torus knot"),
    "cubes": ("cubes", "boxes", "floating cubes", "blocks"),
    "helix": ("helix", "double helix", "dna strand", "twisted ladder"),
    "planet": ("planet", "ringed planet", "moon", "world in space"),
    "crystal": ("crystal", "gem", "diamond", "faceted crystal"),
}
PALETTES: tuple[tuple[str, ...], ...] = (
    ("neon", "cyberpunk", "magenta and cyan"),
    ("fire", "fiery", "red and orange"),
    ("ice", "icy", "cold blue"),
    ("violet", "purple"),
    ("gold", "golden", "amber"),
    ("acid", "acid green", "toxic"),
    ("mono", "black and white", "monochrome", "grey"),
    ("sunset", "dusk", "warm evening"),
    ("ocean", "teal", "deep sea"),
    ("forest", "green", "mossy"),
    ("candy", "sweet", "candy coloured"),
    ("blood", "red", "crimson"),
    ("copper", "rust and teal", "coppery"),
    ("aurora", "northern lights", "polar light"),
    ("ultraviolet", "electric blue", "blacklight"),
    ("pastel", "soft pastel", "pale"),
)
WORDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "scale": (("tiny", "fine", "small", "miniature"), ("huge", "large", "big", "giant")),
    "warp": (("straight", "clean", "geometric", "rigid"), ("warped", "liquid", "bent", "melting")),
    "twist": (("untwisted", "aligned"), ("twisted", "swirling", "coiled")),
    "density": (("sparse", "empty", "minimal", "airy"), ("dense", "crowded", "packed", "busy")),
    "light": (("dim", "dark", "moody", "shadowy"), ("bright", "glowing", "shining", "radiant")),
    "detail": (("simple", "smooth", "plain", "soft"), ("intricate", "detailed", "ornate", "textured")),
    "energy": (("calm", "gentle", "quiet", "peaceful"), ("wild", "energetic", "intense", "raging")),
    "speed": (("slow", "drifting", "lazy"), ("fast", "rushing", "quick", "racing")),
}
"""words for low and high values of an attribute"""
CAMERA: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "camx": (
        ("seen from the left", "camera to the left", "off centre to the left"),
        ("seen from the right", "camera to the right", "off centre to the right"),
    ),
    "camy": (("seen from below", "low camera", "camera down low"), ("seen from above", "high camera", "camera up high")),
}
FOLDS = {
    3: ("three-fold", "triangular"),
    4: ("four-fold", "square"),
    5: ("five-fold", "pentagonal"),
    6: ("six-fold", "hexagonal symmetry"),
    8: ("eight-fold", "octagonal"),
    10: ("ten-fold", "ten-pointed"),
    12: ("twelve-fold", "twelve-pointed"),
}
PLENTY = 0.2
"""how far from the middle (0.5) a number must be to be worth a word"""


def caption(family: str, params: Mapping[str, float], rng: np.random.Generator) -> str:
    """Such as `golden vortex` or `dense twisted golden vortex, six-fold, glowing`. params: the generator's, 0-1."""
    return said(family, params, rng)[0]


def said(family: str, params: Mapping[str, float], rng: np.random.Generator) -> tuple[str, frozenset[str]]:
    """A true caption and the names of the attributes that it speaks of (`family`, `palette`, `scale`, `fold` ...).

    How much is said is drawn: a single word, a colour and a thing, or all that is remarkable.
    """
    detail = int(rng.choice(4, p=(0.12, 0.28, 0.35, 0.25)))
    noun = str(rng.choice(FAMILIES.get(family, (family,))))
    colour = "" if abs(_turn(params.get("hue", 0.0))) >= 0.06 else str(rng.choice(PALETTES[int(params["palette"])]))
    if detail == 0:
        alone = bool(colour) and rng.random() < 0.35
        return (colour, frozenset({"palette"})) if alone else (noun, frozenset({"family"}))
    words = [(name, pair[int(params[name] > 0.5)]) for name, pair in WORDS.items() if _remarkable(name, params)]
    rng.shuffle(words)
    front = words[: detail - 1]
    names = {"family", *(name for name, _ in front)} | ({"palette"} if colour else set())
    parts = [" ".join([*(str(rng.choice(choice)) for _, choice in front), *([colour] if colour else []), noun])]
    rest = [] if detail < 3 else _rest(params, words[detail - 1 : detail + 1])
    for name, choice in rest:
        if rng.random() < 0.6:
            parts.append(str(rng.choice(choice)))
            names.add(name)
    return ", ".join(parts), frozenset(names)


def _remarkable(name: str, params: Mapping[str, float]) -> bool:
    return name in params and abs(params[name] - 0.5) > PLENTY


def _rest(
    params: Mapping[str, float], words: Sequence[tuple[str, tuple[str, ...]]]
) -> list[tuple[str, tuple[str, ...]]]:
    """What may come after the comma: symmetry, where the camera is, more adjectives."""
    more = [("fold", FOLDS[fold])] if (fold := int(params.get("symmetry", 0))) in FOLDS else []
    more += [(name, pair[int(params[name] > 0)]) for name, pair in CAMERA.items() if abs(params.get(name, 0.0)) > 0.3]
    return [*more, *words]


def _turn(hue: float) -> float:
    """Nearest distance of a hue from 0 in turns, -0.5 to 0.5."""
    return (hue + 0.5) % 1.0 - 0.5


def vocabulary() -> list[str]:
    """Every word that the grammar can say, sorted."""
    groups = [*FAMILIES.values(), *PALETTES, *FOLDS.values()]
    groups += [group for table in (WORDS, CAMERA) for pair in table.values() for group in pair]
    return sorted({word for group in groups for text in group for word in text.replace(",", " ").split()})

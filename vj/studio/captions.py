"""The caption grammar: what the world knows of a clip, said in words with synonyms. Tables; the code is at the end."""

from __future__ import annotations

from collections.abc import Mapping

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
    "scale": (("tiny", "fine", "small"), ("huge", "large", "big")),
    "warp": (("straight", "clean", "geometric"), ("warped", "liquid", "bent")),
    "twist": (("still", "untwisted"), ("twisted", "swirling")),
    "density": (("sparse", "empty", "minimal"), ("dense", "crowded", "packed")),
    "light": (("dim", "dark", "moody"), ("bright", "glowing", "shining")),
    "detail": (("simple", "smooth", "plain"), ("intricate", "detailed", "ornate")),
    "energy": (("calm", "gentle", "quiet"), ("wild", "energetic", "intense")),
}
"""words for low and high values of an attribute"""
FOLDS = {
    3: "three-fold",
    4: "four-fold",
    5: "five-fold",
    6: "six-fold",
    8: "eight-fold",
    10: "ten-fold",
    12: "twelve-fold",
}


def caption(family: str, params: Mapping[str, float], rng: np.random.Generator) -> str:
    """Such as `a dense twisted golden vortex, six-fold, glowing`. params: the generator's own values, 0-1."""
    said = []
    for name, (low, high) in WORDS.items():
        if name in params and abs(params[name] - 0.5) > 0.2 and rng.random() < 0.6:
            said.append(str(rng.choice(high if params[name] > 0.5 else low)))
    rng.shuffle(said)
    palette = str(rng.choice(PALETTES[int(params["palette"])])) if abs(_turn(params.get("hue", 0.0))) < 0.06 else ""
    noun = str(rng.choice(FAMILIES.get(family, (family,))))
    words = [*said[:2], palette, noun]
    text = " ".join(w for w in words if w)
    fold = FOLDS.get(int(params.get("symmetry", 0)), "")
    rest = [w for w in (fold if rng.random() < 0.5 else "", *said[2:3]) if w]
    return ", ".join([text, *rest])


def _turn(hue: float) -> float:
    """Nearest distance of a hue from 0 in turns, -0.5 to 0.5."""
    return (hue + 0.5) % 1.0 - 0.5


def vocabulary() -> list[str]:
    """Every word that the grammar can say, sorted."""
    texts = [w for group in FAMILIES.values() for w in group] + [w for group in PALETTES for w in group]
    texts += [w for pair in WORDS.values() for group in pair for w in group] + list(FOLDS.values())
    return sorted({word for text in texts for word in text.replace(",", " ").split()})

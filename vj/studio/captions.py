"""The caption grammar: what the world knows of a clip, said in words with synonyms. Tables; the code is at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

FAMILIES: dict[str, tuple[str, ...]] = {
    "tunnel": ("tunnel", "tube", "wormhole", "tunnel of light", "pipe", "shaft"),
    "kaleidoscope": ("kaleidoscope", "mandala", "kaleidoscopic pattern", "mirrored flower", "prism"),
    "plasma": ("plasma", "clouds of colour", "lava lamp", "colour field", "nebula", "colour clouds"),
    "spiral": ("spiral", "vortex", "whirl", "galaxy of arms", "swirl", "hurricane"),
    "rings": ("rings", "circles", "ripples", "concentric rings", "ripples in water", "target"),
    "waves": ("waves", "sea of waves", "wave lines", "rolling waves", "sound waves"),
    "voronoi": ("voronoi cells", "cells", "cracked glass", "stained glass", "mosaic", "shattered glass"),
    "starfield": ("starfield", "stars", "hyperspace", "flight through stars", "night sky", "warp drive"),
    "metaballs": ("metaballs", "blobs", "liquid drops", "melting blobs", "lava bubbles", "mercury drops"),
    "beams": ("beams", "laser beams", "rays of light", "lasers", "spotlights", "stage lights"),
    "grid": ("grid", "neon grid", "lattice", "retro grid", "synthwave sun", "outrun grid"),
    "truchet": ("truchet tiles", "maze", "labyrinth of arcs", "woven tiles", "knot", "celtic pattern"),
    "ink": ("ink", "ink in water", "smoke", "marbled ink", "fog", "swirling smoke"),
    "fractal": ("fractal", "julia set", "fractal filigree", "infinite fractal", "mandelbrot", "coral"),
    "spheres": ("spheres", "balls", "floating spheres", "glass spheres", "bubbles", "marbles"),
    "corridor": ("corridor", "hallway", "gallery of frames", "endless corridor", "cathedral", "temple of columns"),
    "particles": ("particles", "sparks", "fireflies", "swarm of particles", "galaxy", "swarm of embers"),
    "ribbons": ("ribbons", "silk ribbons", "flowing bands", "light trails", "scarves", "streamers"),
    "petals": ("petals", "blossom", "opening flower", "rose of light", "flower", "lotus", "dahlia"),
    "hexagons": ("hexagons", "honeycomb", "hexagonal tiles", "hive", "beehive"),
    "moire": ("moire", "interference lines", "moire pattern", "optical illusion", "stripes"),
    "checker": ("checkerboard", "chequered floor", "op art squares", "warped chessboard", "chess"),
    "lissajous": ("lissajous curves", "oscilloscope figure", "harmonic curves", "loops of wire", "neon knot"),
    "circuit": ("circuit board", "circuit traces", "electronic circuit", "motherboard", "computer chip", "microchip"),
    "lightning": ("lightning", "electric arcs", "thunderbolts", "plasma sparks", "thunderstorm", "electricity"),
    "flames": ("flames", "bonfire", "burning fire", "tongues of fire", "inferno", "fire"),
    "terrain": ("mountains", "landscape", "terrain", "mountain flight", "hills", "valley", "desert"),
    "city": ("city", "skyline", "skyscrapers", "night city", "metropolis", "towers"),
    "ocean": ("ocean waves", "sea", "sea under the sun", "water surface", "beach at sunset", "sea at night"),
    "torus": ("torus", "donuts", "linked rings", "torus knot", "rings of chain", "doughnut"),
    "cubes": ("cubes", "boxes", "floating cubes", "blocks", "dice", "crates"),
    "helix": ("helix", "double helix", "dna strand", "twisted ladder", "spiral staircase", "genes"),
    "planet": ("planet", "ringed planet", "moon", "world in space", "saturn", "gas giant", "globe"),
    "crystal": ("crystal", "gem", "diamond", "faceted crystal", "jewel", "ruby", "emerald"),
}
PALETTES: tuple[tuple[str, ...], ...] = (
    ("neon", "cyberpunk", "magenta and cyan", "pink and blue", "eighties neon"),
    ("fire", "fiery", "red and orange", "burning orange", "hot orange"),
    ("ice", "icy", "cold blue", "frozen", "light blue"),
    ("violet", "purple", "lilac", "lavender"),
    ("gold", "golden", "amber", "yellow", "honey coloured"),
    ("acid", "acid green", "toxic", "lime", "poison green"),
    ("mono", "black and white", "monochrome", "grey", "silver", "colourless"),
    ("sunset", "dusk", "warm evening", "pink and orange"),
    ("ocean", "teal", "deep sea", "turquoise", "aqua", "cyan"),
    ("forest", "mossy", "jungle green", "leaf green"),
    ("candy", "sweet", "candy coloured", "bubblegum"),
    ("blood", "red", "crimson", "scarlet", "dark red"),
    ("copper", "rust and teal", "coppery", "bronze", "rusty"),
    ("aurora", "northern lights", "polar light", "green and violet"),
    ("ultraviolet", "electric blue", "blacklight", "indigo"),
    ("pastel", "soft pastel", "pale", "powder coloured", "milky"),
)
HUES: dict[str, tuple[str, float, str]] = {
    "green": ("fire", 0.29, "forest"),
    "blue": ("fire", 0.60, "ice"),
    "magenta": ("fire", 0.80, "neon"),
    "pink": ("fire", 0.88, "candy"),
}
"""words for one strong hue that no palette has: a palette, the turns of its hues, and the palette that comes nearest"""
NATURAL = {
    "fire": ("flames", "bonfire", "burning fire", "tongues of fire", "inferno", "fire", "lava lamp", "lava bubbles"),
    "gold": ("honeycomb", "hive", "beehive", "desert"),
    "sunset": ("beach at sunset", "synthwave sun"),
    "mono": ("smoke", "swirling smoke", "fog", "moon", "mercury drops"),
    "ocean": ("ocean waves", "sea", "water surface", "ripples in water"),
    "forest": ("emerald", "hills", "valley"),
    "blood": ("ruby",),
    "ice": ("diamond",),
    "ultraviolet": ("night sky", "sea at night", "lightning", "electric arcs", "thunderstorm"),
}
"""what has a colour of its own, where none is said: name of the palette -> nouns"""
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
    "camy": (
        ("seen from below", "low camera", "camera down low"),
        ("seen from above", "high camera", "camera up high"),
    ),
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
LOOKS = (
    *((0.59, 0.03), (0.66, 0.37), (0.13, 0.44), (0.40, 0.00), (0.18, 0.46), (0.69, 0.89), (-1.00, 0.18), (0.32, 0.15)),
    *(
        (0.06, 0.42),
        (0.00, 0.40),
        (0.05, 0.31),
        (0.39, -0.16),
        (-0.08, 0.19),
        (0.59, 0.37),
        (0.86, -0.03),
        (-0.47, 0.58),
    ),
)
"""saturation and luma of each palette, as `attributes` has them: means of 18 646 drawn pictures whose hues were not
turned. Who says `candy` means as strong a colour as candy mostly has"""
VIVID = 0.15
"""more saturation than that, for the network draws a little less than it is told"""
HUES_SAID = 0.2
"""of the colours that are named to the prior, so many are of HUES: each as often as each of the palettes' names"""
MORE = {"planet": ("planet with rings", "saturn with rings"), "torus": ("rings of chain links",)}
"""nouns that only the prior is taught: what they are made of is a thing of its own"""
ARTICLES = ("a", "the", "some", "one")
PLENTY = 0.2
"""how far from the middle (0.5) a number must be to be worth a word"""


class Said(NamedTuple):
    """A caption, the attributes that it speaks of, and the parameters that it was made up with."""

    text: str
    spoken: frozenset[str]
    shown: Mapping[str, float] = {}
    also: str = ""
    """a second family that it names, as much as the first"""


def caption(family: str, params: Mapping[str, float], rng: np.random.Generator) -> str:
    """Such as `golden vortex` or `dense twisted golden vortex, six-fold, glowing`. params: the generator's, 0-1."""
    return said(family, params, rng).text


def own_colour(text: str, spoken: frozenset[str]) -> int | None:
    """Number of the palette that a caption's thing has by nature; None where it has none or a colour is said."""
    thing = text.split(",")[0]
    named = [
        (len(noun), name)
        for name, nouns in NATURAL.items()
        for noun in nouns
        if thing == noun or thing.endswith(f" {noun}")
    ]
    if not named or "palette" in spoken:
        return None
    return _number(max(named)[1])


def looks_of(palette: int, hue: float, spoken: frozenset[str]) -> dict[str, float]:
    """What a caption that names a palette says of the picture's looks besides; of the light only where no word does,
    and of turned hues not at all: blue is darker than the yellow that it was."""
    if "palette" not in spoken:
        return {}
    saturation, luma = LOOKS[palette]
    return {"saturation": saturation + VIVID} | ({} if "light" in spoken or hue else {"luma": luma})


def for_prior(number: int, family: str, params: Mapping[str, float], rng: np.random.Generator) -> Said:
    """Caption `number` that the prior reads: half of them a colour and a thing, the others of all kinds in turn."""
    kind = number % 10
    if kind % 2:
        return plainly(family, int(params["palette"]), rng)
    return loosely(params, rng) if kind == 2 else both(family, rng) if kind == 6 else said(family, params, rng)


def named_palette(text: str) -> int | None:
    """Number of the palette that a text names, the longest name first; of a hue (HUES) the one that comes nearest."""
    spaced = f" {' '.join(text.lower().replace(',', ' ').split())} "
    known = {word: i for i, words in enumerate(PALETTES) for word in words}
    known |= {word: _number(nearest) for word, (_, _, nearest) in HUES.items()}
    named = [(len(word), i) for word, i in known.items() if f" {word} " in spaced]
    return max(named)[1] if named else None


def plainly(family: str, palette: int, rng: np.random.Generator) -> Said:
    """A colour and a thing, every pair as likely: `red ocean waves` must not be the colour of the ocean."""
    colour, shown = _colour(palette, rng)
    return Said(
        f"{colour} {rng.choice(FAMILIES[family] + MORE.get(family, ()))}", frozenset({"family", "palette"}), shown
    )


def loosely(params: Mapping[str, float], rng: np.random.Generator) -> Said:
    """Adjectives or a colour without a thing: `calm and slow` asks for no form."""
    words = [(name, pair[int(params[name] > 0.5)]) for name, pair in WORDS.items() if _remarkable(name, params)]
    rng.shuffle(words)
    kept = words[: int(rng.integers(1, 4))]
    parts, names = [str(rng.choice(choice)) for _, choice in kept], {name for name, _ in kept}
    shown: dict[str, float] = {}
    if not parts or rng.random() < 0.4:
        colour, shown = _colour(int(rng.integers(len(PALETTES))), rng)
        parts, names = [*parts, colour], names | {"palette"}
    return Said(str(rng.choice((" ", " and ", ", "))).join(parts), frozenset(names), shown)


def both(family: str, rng: np.random.Generator) -> Said:
    """Two things at once: `spiral and tunnel`."""
    also = str(rng.choice([name for name in FAMILIES if name != family]))
    first, second = (str(rng.choice(FAMILIES[name])) for name in (family, also))
    return Said(f"{first} {rng.choice(('and', 'with', 'in a'))} {second}", frozenset({"family"}), {}, also)


def _colour(palette: int, rng: np.random.Generator) -> tuple[str, dict[str, float]]:
    """A name of the palette, or of a hue instead, and the parameters that are so called."""
    if rng.random() < HUES_SAID:
        word = str(rng.choice([*HUES]))
        name, turns, _ = HUES[word]
        return word, {"palette": float(_number(name)), "hue": turns}
    return str(rng.choice(PALETTES[palette])), {"palette": float(palette), "hue": 0.0}


def _number(palette: str) -> int:
    return [first for first, *_ in PALETTES].index(palette)


def said(family: str, params: Mapping[str, float], rng: np.random.Generator) -> Said:
    """A true caption and the names of the attributes that it speaks of (`family`, `palette`, `scale`, `fold` ...).

    How much is said is drawn: a single word, a colour and a thing, or all that is remarkable.
    """
    detail = int(rng.choice(4, p=(0.12, 0.28, 0.35, 0.25)))
    noun = str(rng.choice(FAMILIES.get(family, (family,))))
    colour = "" if abs(_turn(params.get("hue", 0.0))) >= 0.06 else str(rng.choice(PALETTES[int(params["palette"])]))
    if detail == 0:
        alone = bool(colour) and rng.random() < 0.35
        return Said(colour, frozenset({"palette"})) if alone else Said(noun, frozenset({"family"}))
    words = [(name, pair[int(params[name] > 0.5)]) for name, pair in WORDS.items() if _remarkable(name, params)]
    rng.shuffle(words)
    front = words[: detail - 1]
    names = {"family", *(name for name, _ in front)} | ({"palette"} if colour else set())
    article = [str(rng.choice(ARTICLES))] if rng.random() < 0.12 else []
    parts = [
        " ".join([*article, *(str(rng.choice(choice)) for _, choice in front), *([colour] if colour else []), noun])
    ]
    rest = [] if detail < 3 else _rest(params, words[detail - 1 : detail + 1])
    for name, choice in rest:
        if rng.random() < 0.6:
            parts.append(str(rng.choice(choice)))
            names.add(name)
    return Said(", ".join(parts), frozenset(names))


def _remarkable(name: str, params: Mapping[str, float]) -> bool:
    return name in params and abs(params[name] - 0.5) > PLENTY


def _rest(
    params: Mapping[str, float], words: Sequence[tuple[str, tuple[str, ...]]]
) -> list[tuple[str, tuple[str, ...]]]:
    """What may come after the comma: symmetry, where the camera is, more adjectives."""
    more: list[tuple[str, tuple[str, ...]]]
    more = [("fold", FOLDS[fold])] if (fold := int(params.get("symmetry", 0))) in FOLDS else []
    more += [(name, pair[int(params[name] > 0)]) for name, pair in CAMERA.items() if abs(params.get(name, 0.0)) > 0.3]
    return [*more, *words]


def _turn(hue: float) -> float:
    """Nearest distance of a hue from 0 in turns, -0.5 to 0.5."""
    return (hue + 0.5) % 1.0 - 0.5


def vocabulary() -> list[str]:
    """Every word that the grammar can say, sorted."""
    groups = [*FAMILIES.values(), *MORE.values(), *PALETTES, tuple(HUES), *FOLDS.values()]
    groups += [ARTICLES, *(group for table in (WORDS, CAMERA) for pair in table.values() for group in pair)]
    return sorted({word for group in groups for text in group for word in text.replace(",", " ").split()})

"""The manner of one picture in the forms of another, without weights.

Colours by the linear optimal transport between the two (Pitié and Kokaram 2007), texture by patches of the reference
laid over the forms, from coarse to fine (Elad and Milanfar 2017, "Style transfer via texture synthesis").
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.vision.patches import Book, Picture, cut, grid, vote

Frame = NDArray[np.uint8]
LEVELS = (4, 2, 1)
"""how many times smaller the picture is at each level"""
PATCHES = ((20, 7), (9, 4))
"""pixels of a patch, and from one to the next"""
READ = 7000
"""patches of the reference that are kept for each level and size, about"""
CONTRAST, DARKEST = 18.0, 25.0
"""least spread and mean of the reference's lightness (0-100): a dark or flat one would leave nothing to see"""
RENEWED = 0.15
"""of the content's usual weight, what it has where the drawing goes on from the frame before: more of it would wash
the drawing out, frame by frame; edges keep all of it"""
FOLLOW = 0.1
"""how fast the colours follow those of the clip, per frame"""
EXPONENT = -0.6
"""of the distance: patches that fit badly count less (robust least squares, r = 0.8)"""


def to_lab(picture: NDArray[np.uint8] | NDArray[np.float32]) -> Picture:
    """sRGB 0-255 -> CIE Lab, L 0-100."""
    lab: Picture = cv2.cvtColor(picture.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB)
    return lab


def to_rgb(lab: Picture) -> Picture:
    """The way back: float32 sRGB, 0-255."""
    rgb: Picture = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
    return np.clip(rgb, 0.0, 1.0) * np.float32(255)


def resized(picture: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
    """[H, W, C] -> shape (H, W): areas averaged on the way down, bicubic on the way up."""
    if picture.shape[:2] == shape:
        return picture
    how = cv2.INTER_AREA if shape[0] < picture.shape[0] else cv2.INTER_CUBIC
    made: NDArray[np.float32] = cv2.resize(picture, (shape[1], shape[0]), interpolation=how)
    return made


@dataclass(frozen=True, slots=True)
class Colours:
    """Mean [3] and covariance [3, 3] of colours in Lab."""

    mean: NDArray[np.float64]
    spread: NDArray[np.float64]

    @classmethod
    def of(cls, lab: Picture) -> Colours:
        flat = lab.reshape(-1, 3).astype(np.float64)
        return cls(flat.mean(0), np.cov(flat.T))

    def towards(self, other: Colours, share: float) -> Colours:
        return Colours(self.mean + share * (other.mean - self.mean), self.spread + share * (other.spread - self.spread))


def transport(source: Colours, target: Colours) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The matrix [3, 3] and the offset [3] that take colours of the one spread to the other with the least change."""
    floor = source.spread + np.diag([9.0, 4.0, 4.0])  # a grey clip has no colours to stretch
    root, back = _power(floor, 0.5), _power(floor, -0.5)
    matrix = back @ _power(root @ target.spread @ root, 0.5) @ back
    return matrix.astype(np.float32), (target.mean - matrix @ source.mean).astype(np.float32)


def _power(matrix: NDArray[np.float64], exponent: float) -> NDArray[np.float64]:
    values, axes = np.linalg.eigh(matrix)
    made: NDArray[np.float64] = (axes * np.maximum(values, 1e-6) ** exponent) @ axes.T
    return made


@dataclass(frozen=True, slots=True)
class Past:
    """What was made of the frame before, moved to where it is now."""

    drawn: NDArray[np.float32]
    """[H, W, 3], 0-255"""
    known: NDArray[np.float32]
    """[H, W, 1], 0-1: where it can be believed"""


@dataclass(frozen=True, slots=True)
class Manner:
    """What is taken from a reference: its colours and its patches at each level and size."""

    colours: Colours
    books: dict[tuple[int, int], Book] = field(default_factory=dict)

    @classmethod
    def of(cls, reference: Frame, width: int = 448) -> Manner:
        """reference [H, W, 3] sRGB, taken in `width` pixels wide (as large as the frames, or its strokes change)."""
        height = max(20, round(reference.shape[0] * width / reference.shape[1]))
        lab = stretched(to_lab(resized(reference.astype(np.float32), (height, width))))
        books = {}
        for level in LEVELS:
            small = resized(lab, (max(20, height // level), max(20, width // level)))
            for size, _ in PATCHES:
                rows, columns = (max(1, length - size) for length in small.shape[:2])
                stride = max(1, round((rows * columns / READ) ** 0.5))
                books[level, size] = Book.of(cut(small, grid(small.shape[:2], size, stride), size))
        return cls(Colours.of(lab), books)


def stretched(lab: Picture) -> Picture:
    """Lightness with enough light (by gamma, so that black stays black) and contrast to draw with; colours too."""
    light = np.clip(lab[..., 0] / 100.0, 1e-4, 1.0)
    gamma = float(np.clip(np.log(DARKEST / 100.0) / np.log(max(float(light.mean()), 1e-3)), 0.4, 1.0))
    lifted = 100.0 * light**gamma
    mean, spread = float(lifted.mean()), float(lifted.std())
    factor = float(np.clip(CONTRAST / max(spread, 1e-3), 1.0, 3.0))
    out = lab * np.float32(factor**0.5 / gamma)
    out[..., 0] = np.clip((lifted - mean) * factor + mean, 0.0, 100.0)
    return out


def drawn(content: Picture, manner: Manner, kept: float, past: Past | None = None) -> Picture:
    """content: Lab [H, W, 3] in the manner's colours -> Lab drawn with its patches.

    kept: weight of the content against the patches (0.05 bold, 1 faint), more along its edges, so that forms stay
    readable. What is known of the frame before is only touched up, so that the drawing goes on from it.
    """
    made = content
    for level in LEVELS:
        shape = (max(20, content.shape[0] // level), max(20, content.shape[1] // level))
        target, again = resized(content, shape), past is not None and level == 1
        edge = edges(target)
        weight = np.float32(kept) * (0.4 + 1.6 * edge)
        made = target if level == LEVELS[0] else np.asarray((2 * resized(made, shape) + target) / 3, np.float32)
        if again and past is not None:
            made = made + past.known * (to_lab(past.drawn) - made)
            weight = weight * (1.0 - (1.0 - RENEWED) * past.known * (1.0 - edge))
        for size, stride in PATCHES:
            for shift in (0,) if past is not None else (0, stride // 2):
                made = redrawn(made, manner.books[level, size], (size, stride, shift))
                made = (made + weight * target) / (1 + weight)
    return made


def redrawn(picture: Picture, book: Book, how: tuple[int, int, int]) -> Picture:
    """Every patch (size, stride, shift) replaced by the most alike one of the book, overlaps averaged."""
    size, stride, shift = how
    spots = grid(picture.shape[:2], size, stride, shift)
    have = cut(picture, spots, size)
    found = book.patches[book.nearest(have)]
    fit = (np.square(found - have).mean(1) + 4.0) ** EXPONENT
    total, weight = vote(found, fit.astype(np.float32), spots, (*picture.shape[:2], 3))
    return total / weight


def edges(lab: Picture) -> Picture:
    """[H, W, 1], 0-1: how much of an edge of the lightness each pixel is."""
    light = np.ascontiguousarray(lab[..., 0])
    slope = np.hypot(cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1))
    soft: Picture = cv2.GaussianBlur(slope, (0, 0), 1.5)
    share: Picture = np.clip(soft / max(float(np.percentile(soft, 95)), 4.0), 0.0, 1.0)[..., None]
    return share


@dataclass(slots=True)
class Transfer:
    """A styler (see engine.pipelines.style) after one picture; remembers the colours of the clip between frames."""

    manner: Manner
    strength: float = 0.7
    """0-1"""
    seen: Colours | None = None

    def __call__(self, frame: Frame, past: Past | None) -> NDArray[np.float32]:
        lab = to_lab(frame)
        now = Colours.of(lab)
        self.seen = now if self.seen is None or past is None else self.seen.towards(now, FOLLOW)
        matrix, offset = transport(self.seen, self.manner.colours)
        content = lab @ matrix.T + offset
        content[..., 0] = np.clip(content[..., 0], 0.0, 100.0)
        kept = 0.18 + 0.3 * (1.0 - self.strength)
        made = to_rgb(drawn(content, self.manner, kept, past))
        share = np.float32(1.0 - (1.0 - self.strength) ** 2)
        return np.asarray(frame + share * (made - frame), np.float32)

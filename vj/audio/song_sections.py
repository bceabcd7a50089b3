"""Where a song changes, and which parts are alike.

Each bar is a point: colour, loudness, who plays, harmony. The cuts are the cheapest set by dynamic programming: the
spread of the points within each piece (around their mean, or around a line where the music swells), plus a price for
each cut that is lower after 4 and 8 bars, as music is counted. Pieces near each other in mean are one group.
"""

from __future__ import annotations

import string
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage

from vj.audio.song_bars import Values
from vj.audio.song_mood import Looks

LONGEST = 64
"""bars in a piece"""
CUT = 1.0
"""price of a cut, in squared distances; 1 is an instrument that comes or goes for a bar"""
SWELL = 0.9
"""price, in cuts, of taking a piece for one that grows"""
ALIKE = 0.3
"""squared distance below which two pieces are the same music"""


@dataclass(frozen=True, slots=True)
class Piece:
    """Bars first to stop - 1, and the number of its group in order of appearance."""

    first: int
    stop: int
    group: int


def points(looks: Looks) -> Values:
    """[bars, D]: Euclidean distance 1 is an instrument more or less, or 8 dB everywhere."""
    loudest = float(looks.mel.max())
    colour = np.maximum(looks.mel, loudest - 55.0) / 8.0
    wide = 4
    padded = np.pad(looks.chroma, ((wide - 1, wide - 1), (0, 0)), mode="edge")
    harmony = np.stack(
        [np.convolve(padded[:, i], np.ones(2 * wide - 1) / (2 * wide - 1), "valid") for i in range(12)], 1
    )
    played = np.stack(list(looks.instruments.values()), axis=1) * np.sqrt([1.0, 0.7, 0.7, 0.7, 0.5, 0.5, 0.7])
    loud = np.maximum(looks.loud, looks.loud.max() - 50.0)[:, None] / 10.0
    return np.concatenate([colour / np.sqrt(colour.shape[1]), 0.5 * harmony, played, loud], axis=1)


class _Spread:
    """Squared distances of any run of bars from its mean or its line, from running sums."""

    def __init__(self, x: Values) -> None:
        n = len(x)
        x = x - x.mean(axis=0)
        t = np.arange(n, dtype=np.float64)
        zero = np.zeros((1, x.shape[1]))
        self._x = np.concatenate([zero, np.cumsum(x, axis=0)])
        self._tx = np.concatenate([zero, np.cumsum(t[:, None] * x, axis=0)])
        self._xx = np.concatenate([[0.0], np.cumsum((x * x).sum(axis=1))])

    def of(self, low: NDArray[np.int64], high: int) -> tuple[Values, Values]:
        """Runs low..high-1 (several lows): around the mean, and around a line."""
        n = (high - low).astype(np.float64)
        total = self._x[high] - self._x[low]
        flat = self._xx[high] - self._xx[low] - (total**2).sum(axis=1) / n
        middle = (low + high - 1) / 2.0
        moment = self._tx[high] - self._tx[low] - middle[:, None] * total
        spread = np.maximum(n * (n * n - 1) / 12.0, 1e-9)
        return np.maximum(flat, 0.0), np.maximum(flat - (moment**2).sum(axis=1) / spread, 0.0)


def _prices(lengths: NDArray[np.int64]) -> Values:
    """What a piece of so many bars costs, in CUTs."""
    price = np.where(lengths % 8 == 0, 1.0, np.where(lengths % 4 == 0, 1.15, np.where(lengths % 2 == 0, 1.6, 2.0)))
    return np.asarray(price + np.where(lengths < 4, 0.5 * (4 - lengths), 0.0) + np.where(lengths < 2, 6.0, 0.0))


def cuts(x: Values) -> list[int]:
    """Bars where a piece starts, 0 first; x [bars, D]."""
    n = len(x)
    steps = np.diff(x, axis=0)
    noise = float(np.median((steps**2).sum(axis=1))) / 2 if n > 2 else 0.0
    cut = CUT + 2.0 * noise
    spread = _Spread(x)
    best, back = np.full(n + 1, np.inf), np.zeros(n + 1, np.int64)
    best[0] = 0.0
    for high in range(1, n + 1):
        low = np.arange(max(0, high - LONGEST), high)
        flat, line = spread.of(low, high)
        length = high - low
        swell = np.where((length >= 4) & (length <= 16), line + SWELL * cut, np.inf)
        price = _prices(length)
        # the first and the last piece may hold a pick-up or a tail
        edge = (low == 0) | (high == n)
        price = np.where(edge, np.minimum(price, np.select([length > 2, length > 1], [1.3, 1.9], 9.0)), price)
        ways = best[low] + np.minimum(flat, swell) + cut * price
        k = int(np.argmin(ways))
        best[high], back[high] = ways[k], low[k]
    found, at = [], n
    while at > 0:
        at = int(back[at])
        found.append(at)
    return found[::-1]


def pieces_of(looks: Looks) -> list[Piece]:
    """The song cut up and grouped; neighbours of one group are one piece."""
    x = points(looks)
    quiet = max(float(looks.loud.max()) - 45.0, float(np.median(looks.loud[-9:])) - 6.0)
    heard = np.nonzero(looks.loud >= quiet)[0]
    tail = len(x) - 1 - int(heard[-1])
    if tail <= 2:  # the room dies away after the last note: that is no part
        x = x[: len(x) - tail]
    else:
        tail = 0
    starts = cuts(x)
    stops = [*starts[1:], len(x)]
    means = np.array([x[a:b].mean(axis=0) for a, b in zip(starts, stops, strict=True)])
    if len(starts) > 1:
        tree = linkage(means, "average")
        labels = fcluster(tree, np.sqrt(ALIKE), "distance")
    else:
        labels = np.ones(1, np.int64)
    names: dict[int, int] = {}
    out: list[Piece] = []
    for first, stop, label in zip(starts, stops, labels, strict=True):
        group = names.setdefault(int(label), len(names))
        if out and out[-1].group == group and stop - out[-1].first <= LONGEST:
            out[-1] = Piece(out[-1].first, stop, group)
        else:
            out.append(Piece(first, stop, group))
    out[-1] = Piece(out[-1].first, out[-1].stop + tail, out[-1].group)
    return out


def letters(group: int) -> str:
    """A, B ... Z, AA, AB ..."""
    first = letters(group // 26 - 1) if group >= 26 else ""
    return first + string.ascii_uppercase[group % 26]

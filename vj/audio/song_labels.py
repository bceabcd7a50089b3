"""What the parts of a song are called, by rules that can be read.

energy is a part's mean, rel that between the song's emptiest part (0) and its fullest (1), kick the kick's activity.

    label      rule; the first that holds
    build      not first, at most 16 bars, grows to its end; what follows has more energy and kicks
    intro      first, at most 40 % of the song, of a group that does not come again inside, 0.05 below the fullest;
               also what comes after it, once, for at most 8 bars, and leads into a build
    outro      last, likewise
    breakdown  inside; no kick though the song has kicks; less energy than the part before, or rel < 0.5
    drop       kicks, rel >= 0.65 and 0.15 more energy than the part before, which is a build, or a breakdown in a song
               that had no verse yet or whose group is new
    bridge     inside, comes once among others that come again, begins after 45 % of the song
    chorus     the group with the most energy of those that come again (or of all); within 0.05 the one heard last
    verse      everything else

Parts of one group share one name among drop, chorus and verse: the one most of its bars got; drop where it is a tie.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from vj.audio.song_bars import Values
from vj.audio.song_mood import Looks
from vj.audio.song_sections import Piece

SILENT = 0.02
"""energy"""
SILENT_DB = 45.0
"""below the loudest bar"""


@dataclass(frozen=True, slots=True)
class _Part:
    piece: Piece
    energy: float
    rel: float
    kick: float
    growth: float
    share: float
    begins: float
    repeats: int


def _growth(values: Values) -> float:
    """How much the last third lies above the first."""
    third = max(1, len(values) // 3)
    return float(values[-third:].mean() - values[:third].mean())


def _parts(pieces: list[Piece], looks: Looks) -> list[_Part]:
    start, bars = pieces[0].first, pieces[-1].stop - pieces[0].first
    energy = [float(looks.energy[p.first : p.stop].mean()) for p in pieces]
    low, high = min(energy), max(energy)
    count = Counter(p.group for p in pieces)
    swell = looks.energy + 0.5 * looks.brightness
    return [
        _Part(
            p,
            e,
            (e - low) / max(high - low, 0.1),
            float(looks.instruments["kick"][p.first : p.stop].mean()),
            _growth(swell[p.first : p.stop]),
            (p.stop - p.first) / bars,
            (p.first - start) / bars,
            count[p.group],
        )
        for p, e in zip(pieces, energy, strict=True)
    ]


def _label(parts: list[_Part], i: int, labels: list[str], kicks: bool, top: int) -> str:
    part, last = parts[i], len(parts) - 1
    if 0 < i < last and _is_build(part, parts[i + 1], kicks):
        return "build"
    if i in (0, last) and _is_edge(parts, part):
        return "outro" if i else "intro"
    short = part.repeats == 1 and part.piece.stop - part.piece.first <= 8
    if i == 1 and i + 2 <= last and labels[0] == "intro" and short and _is_build(parts[i + 1], parts[i + 2], kicks):
        return "intro"
    if 0 < i < last and kicks and part.kick < 0.2 and (part.rel < 0.5 or part.energy < parts[i - 1].energy - 0.1):
        return "breakdown"
    if i and kicks and part.kick > 0.4 and part.rel >= 0.65 and part.energy - parts[i - 1].energy > 0.15:
        before = labels[i - 1]
        new = all(p.piece.group != part.piece.group for p in parts[:i])
        if before == "build" or (before == "breakdown" and (new or "verse" not in labels)):
            return "drop"
    if 0 < i < last and part.repeats == 1 and part.begins > 0.45 and any(p.repeats > 1 for p in parts):
        return "bridge"
    return "chorus" if part.piece.group == top else "verse"


def _is_edge(parts: list[_Part], part: _Part) -> bool:
    inside = {p.piece.group for p in parts[1:-1]}
    fullest = max(p.energy for p in parts)
    return part.share <= 0.4 and part.piece.group not in inside and part.energy < fullest - 0.05


def _is_build(part: _Part, after: _Part, kicks: bool) -> bool:
    short = part.piece.stop - part.piece.first <= 16
    return kicks and short and part.growth > 0.1 and after.energy > part.energy + 0.1 and after.kick > part.kick + 0.3


def labels_of(pieces: list[Piece], looks: Looks) -> list[str]:
    """A label for each piece, by the table above. Silence before and after the music is intro and outro."""
    quiet = float(looks.loud.max()) - SILENT_DB
    heard = [i for i, p in enumerate(pieces) if float(np.median(looks.loud[p.first : p.stop])) > quiet]
    if not heard:
        return ["intro"] * len(pieces)
    first, stop = heard[0], heard[-1] + 1
    inner = _named(_parts(pieces[first:stop], looks))
    return ["intro"] * first + inner + ["outro"] * (len(pieces) - stop)


def _named(parts: list[_Part]) -> list[str]:
    if len(parts) == 1:
        return ["intro" if parts[0].energy < SILENT else "verse"]
    kicks = max(p.kick for p in parts) > 0.5
    groups: dict[int, list[_Part]] = {}
    for p in parts:
        groups.setdefault(p.piece.group, []).append(p)
    again = {g: own for g, own in groups.items() if len(own) > 1} or groups
    energy = {g: float(np.mean([p.energy for p in own])) for g, own in again.items()}
    # groups are numbered as they come in, and a verse comes before its chorus
    top = max(g for g in again if energy[g] > max(energy.values()) - 0.05)
    labels: list[str] = []
    for i in range(len(parts)):
        labels.append(_label(parts, i, labels, kicks, top))
    return _agreed(parts, labels)


def _agreed(parts: list[_Part], labels: list[str]) -> list[str]:
    """One name for each group among drop, chorus and verse."""
    shared = ("drop", "chorus", "verse")
    out = list(labels)
    for group in {p.piece.group for p in parts}:
        votes: Counter[str] = Counter()
        for p, label in zip(parts, labels, strict=True):
            if p.piece.group == group and label in shared:
                votes[label] += p.piece.stop - p.piece.first
        if votes:
            name = max(votes, key=lambda label: (votes[label], label == "drop"))
            out = [
                name if p.piece.group == group and label in shared else label
                for p, label in zip(parts, out, strict=True)
            ]
    return out

"""Whether a clip shows what its prompt asks for: the mean over a frame every half second.

Scored by the house model (engine/model/adherence.py) where it knows all the words; else by CLIP where its
weights are here; else by the house model on the words that it knows. Words that neither knows are never scored.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.quality.contracts import Clip, Frame, Span, Verdict, Watch
from engine.quality.limits import LIMITS

NAME = "prompt"
EVERY_S = 0.5
CLIP_SCORE = 2.5
"""of a cosine, so that pictures and words that belong together come near 1 (CLIPScore, Hessel et al. 2021)"""
Score = Callable[[Frame], dict[str, float]]
"""a frame -> what is scored in it: 0-1; `all` is their mean"""
Cosines = Callable[[list[Frame], list[str]], NDArray[np.float32]]
"""(pictures, words) -> [pictures, words], -1 to 1"""


def watch(clip: Clip) -> Watch:
    """Sees a frame every EVERY_S seconds."""
    step = max(1, round(clip.fps * EVERY_S))
    scorer, how = _scorer(clip.prompt)
    rows: dict[int, dict[str, float]] = {}
    last = -1
    while (look := (yield)) is not None:
        last = look.number
        if scorer is not None and last % step == 0:
            rows[last] = scorer(look.frame)
    if scorer is None or not rows:
        return Verdict(NAME, None, None, (), how if scorer is None else "no frame was seen")
    every = {at: row["all"] for at, row in rows.items()}
    mean, least = float(np.mean(list(every.values()))), min(every.values())
    measured = {"mean": mean, "least": least, "frames_scored": float(len(rows))}
    for kind in next(iter(rows.values())):
        if kind != "all":
            measured[kind] = float(np.mean([row[kind] for row in rows.values()]))
    ok, limit = mean >= LIMITS[NAME].least, LIMITS[NAME].least
    where = [] if ok else [Span(at, min(at + step - 1, last), s) for at, s in every.items() if s < limit]
    said = f"{'shows' if ok else 'does not show'} what was asked for: mean {mean:.2f}, least {least:.2f}; {how}"
    return Verdict(NAME, ok, mean, _joined(where), said, measured)


def _joined(spans: list[Span]) -> tuple[Span, ...]:
    """Neighbours as one, with the worse score."""
    out: list[Span] = []
    for span in spans:
        if out and span.first == out[-1].last + 1:
            out[-1] = Span(out[-1].first, span.last, min(span.score, out[-1].score))
        else:
            out.append(span)
    return tuple(out)


def _scorer(prompt: str) -> tuple[Score | None, str]:
    """Who scores this prompt and what of it, or None and why nobody does."""
    if not prompt.strip():
        return None, "no prompt was given"
    house, said, whole = _house(prompt)
    if house is not None and whole:
        return house, said
    clip = _clip(prompt)
    if clip is not None:
        return clip, "scored by CLIP (2.5 times the cosine)"
    return house, said


def _house(prompt: str) -> tuple[Score | None, str, bool]:
    """The house model, what it scores, and whether it knows every word."""
    if any(importlib.util.find_spec(name) is None for name in ("torch", "safetensors", "tokenizers")):
        return None, "torch is not installed: pip install 'vj[engine]'", False
    from engine.model import adherence

    try:
        critic = adherence.critic()
    except EngineError as error:
        return None, f"the house model cannot say: {error}", False
    wish = critic.wish(prompt)
    strange = ", ".join(wish.unknown)
    if not (wish.forms or wish.colours):
        if not wish.known:
            return None, f"outside of the house model's vocabulary: {strange or prompt.strip()}", False
        more = f"; unknown: {strange}" if strange else ""
        return None, f"names no form and no colour that can be scored: {', '.join(wish.known)}{more}", False

    def score(frame: Frame) -> dict[str, float]:
        found = critic.scores(frame, wish)
        return {**found, "all": adherence.together(found)}

    said = f"scored by the house model: {critic.named(wish)}"
    return score, said + (f"; not scored, unknown: {strange}" if strange else ""), not strange


def _clip(prompt: str) -> Score | None:
    """CLIP, where `$VJ_MODELS` has its weights and transformers is installed."""
    folder = os.environ.get("VJ_MODELS")
    if not folder or not (Path(folder) / "clip").is_dir():
        return None
    from engine.adapters.contracts import AdapterError

    try:
        cosines = _opened(Path(folder) / "clip")
    except AdapterError:
        return None

    def score(frame: Frame) -> dict[str, float]:
        cosine = float(cosines([frame], [prompt])[0, 0])
        return {"cosine": cosine, "all": min(1.0, max(0.0, CLIP_SCORE * cosine))}

    return score


@cache
def _opened(folder: Path) -> Cosines:
    from engine.adapters.load import adapter

    opened: Cosines = adapter("clip").open(folder)
    return opened

"""Videos of any length from models that make short ones: window after window, each shown the end of the one before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch

from engine.adapters.contracts import (
    AdapterError,
    AdapterJob,
    Cancelled,
    Clip,
    Frame,
    Progress,
    Rule,
    check,
    cropped,
    stretched,
)


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """One clip for a family to make, already by its rules."""

    job: AdapterJob
    frames: int
    size: tuple[int, int]
    given: Clip | None
    """uint8 [stride * n + rest, H, W, 3]: what the clip begins with"""
    steps: int
    guidance: float
    generator: torch.Generator
    """on the processor, so that a seed means the same on every device"""
    tick: Callable[[], None]
    """to be called after every step; raises Cancelled"""


Make = Callable[[Window], Clip]
"""A window -> all of its frames, uint8 [frames, H, W, 3]"""


def run(job: AdapterJob, rule: Rule, make: Make, progress: Progress) -> Iterator[Frame]:
    """Exactly job.frames frames: the context as it is, then windows. Memory is one window's, whatever the length."""
    check(job)
    given = job.context
    if given is None and job.image is not None:
        given = job.image[None]
    if given is not None:
        yield from given
    done = 0 if given is None else len(given)
    size, steps = rule.size(job.size), job.steps or rule.steps
    counts = tuple(plan(job.frames, done, rule))
    count = Counter(progress, steps * len(counts))
    generator = torch.Generator().manual_seed(job.seed)
    tail = None if given is None else given[-rule.overlap :]
    for new in counts:
        shown = None if tail is None else stretched(lengthened(tail, rule), size)
        ahead = 0 if shown is None else len(shown)
        frames = rule.frames(ahead + new)
        window = Window(job, frames, size, shown, steps, job.guidance or rule.guidance, generator, count.tick)
        with within_memory(size):
            made = make(window)
        if len(made) < ahead + new:
            raise AdapterError(f"{len(made)} frames came back, {frames} were asked for", "the model's files do not fit")
        fresh = cropped(made[ahead : ahead + new], job.size)
        yield from fresh
        tail = (fresh if tail is None else np.concatenate([tail, fresh]))[-rule.overlap :]


def plan(frames: int, done: int, rule: Rule) -> Iterator[int]:
    """How many new frames each window makes."""
    while done < frames:
        new = min(rule.window - rule.shown(min(done, rule.overlap)), frames - done)
        yield new
        done += new


def lengthened(tail: Clip, rule: Rule) -> Clip:
    """The clip with its first frame repeated in front until its length is one that the family can encode."""
    lacking = rule.shown(len(tail)) - len(tail)
    return np.concatenate([np.repeat(tail[:1], lacking, axis=0), tail])


@contextmanager
def within_memory(size: tuple[int, int]) -> Iterator[None]:
    """Memory that runs out as one line. Raises AdapterError."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        mend = "ask for a smaller --size and enlarge, or take a smaller model"
        raise AdapterError(f"{size[0]}x{size[1]}: not enough memory", mend) from error


class Counter:
    """Counts steps over all windows and asks whether to go on."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def tick(self) -> None:
        """Raises Cancelled when the answer is no."""
        self._done = min(self._done + 1, self._total)
        if not self._progress(self._done, self._total):
            raise Cancelled(f"stopped after {self._done} of {self._total} steps")

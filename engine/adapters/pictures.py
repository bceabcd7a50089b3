"""Image models behind the same contract: `frames` pictures of the seeds seed, seed + 1, ..., one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch

from engine.adapters.contracts import AdapterError, AdapterJob, Frame, Progress, Rule, check, cropped, stretched
from engine.adapters.windows import Counter, within_memory


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One picture to make, already by the family's rules."""

    job: AdapterJob
    size: tuple[int, int]
    image: Frame | None
    steps: int
    guidance: float
    generator: torch.Generator
    tick: Callable[[], None]

    def after(self, pipe: Any, step: int, time: Any, found: dict[str, Any]) -> dict[str, Any]:
        """A diffusers callback."""
        self.tick()
        return {}


Draw = Callable[[Picture], Frame]


def run(job: AdapterJob, rule: Rule, draw: Draw, progress: Progress) -> Iterator[Frame]:
    """Exactly job.frames pictures. With strength 0 each is the image itself."""
    check(job)
    if job.context is not None:
        raise AdapterError("context: this model makes single pictures", "give an image, or take a video model")
    size, steps = rule.size(job.size), job.steps or rule.steps
    count = Counter(progress, steps * job.frames)
    image = None if job.image is None else stretched(job.image[None], size)[0]
    for number in range(job.frames):
        if job.image is not None and job.strength == 0:
            yield job.image
            continue
        generator = torch.Generator().manual_seed(job.seed + number)
        picture = Picture(job, size, image, steps, job.guidance or rule.guidance, generator, count.tick)
        with within_memory(size):
            drawn = draw(picture)
        yield cropped(drawn[None], job.size)[0]

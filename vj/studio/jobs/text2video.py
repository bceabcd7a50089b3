"""A clip from words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from vj.core.errors import VjError
from vj.files.video import STILLS, Frame, picture, probe
from vj.files.video import frames as frames_of
from vj.studio.house import house_of
from vj.studio.memory import memory_of
from vj.studio.options import told
from vj.studio.output import Frames, Made, Options, Writing, plainly, write
from vj.studio.prompt import understood

if TYPE_CHECKING:
    from engine.model.house import House
    from engine.pipelines.text2video import Job

Depth = Callable[[], Iterator[Frame]]
NATIVE = (512, 288)
"""the size that the house model dreams best at; the shape follows the video's"""
AT_ONCE = 4
"""frames decoded together"""
STEPS = {"flowmap": 1, "euler": 24, "heun": 16, "dpmpp_2m": 20, "ddpm": 50}
"""where no steps are given"""
QUALITY = 3.0
"""guidance of the whole picture in many steps. Measured, of real, family and palette shown: 1: 0.83, 0.56; 3: 0.77,
0.65; 7.5: 0.59, 0.53"""
FAST = 4
"""of so many frames one is dreamed in the fast mode"""
TURN_S = 8.0
"""seconds in which the motion turns once"""
FADE_S = 2.0
_CUE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(s|beats?|bars?)\s*:\s*(.+)$", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Dream:
    """How text2video dreams, beside the options of every job."""

    negative: str = ""
    quality: bool = False
    """50 steps of ancestral sampling with real guidance, instead of one to four"""
    sampler: str = ""
    """instead of that of the mode: flowmap, euler, heun, dpmpp_2m, ddpm"""
    loop: bool = False
    bpm: float = 120.0
    """for prompts that begin at a beat or a bar"""
    turns: float = 0.0
    """of the motion in the whole clip; 0: one in eight seconds"""
    memory: str = "house"
    """the pool whose loops the pictures go by"""
    closeness: float = 1.0
    """how much of their forms is kept; 0: from words alone"""
    knobs: Mapping[str, float] = field(default_factory=dict)
    native: tuple[int, int] | None = None
    """size to dream at; None: about 512x288 in the shape of the video"""
    depth: Path | None = None
    """a video or picture of nearness, white near: the forms follow it instead of loops that are remembered"""
    model: str = "house"
    """or open weights that are here, see `vj models ls`"""


def text2video(
    prompt: str | Sequence[str],
    out: Path | str,
    options: Options = Options(),
    dream: Dream = Dream(),
) -> Made:
    """A video from words, 5 s and 1920x1080 at 24 fps unless the options say otherwise.

    prompt: one, or several that begin at "8s: ...", "16 beats: ..." or "4 bars: ...". Raises VjError for a prompt
    without words that the model knows, a knob or a pool that is not there.

    >>> text2video("slow violet tunnel", "tunnel.mp4", Options(seconds=8, size=(512, 288)))  # doctest: +SKIP
    """
    options = options.known(size=(1920, 1080), fps=24.0, seconds=5.0)
    assert options.size is not None
    prompts = [prompt] if isinstance(prompt, str) else list(prompt)
    label = told(dream) | {
        "pipeline": "text2video",
        "model": dream.model,
        "prompt": " | ".join(prompts),
        "seed": str(options.seed),
    }
    with plainly():
        if dream.model != "house":
            frames, total, more = _by_others(prompts, options, dream)
        else:
            frames, total, more = _by_house(prompts, options, dream)
        return write(
            frames,
            total,
            Path(out),
            Writing(options.size, options.fps, options, {**label, **more}, inputs=(dream.depth,), loop=dream.loop),
        )


def _by_house(prompts: Sequence[str], options: Options, dream: Dream) -> tuple[Frames, int, dict[str, str]]:
    """Frames, how many, and what the label says of them."""
    assert options.size is not None
    size, native = options.size, dream.native or native_of(options.size)
    house = house_of(options.threads)
    job = job_of(prompts, options, dream, native)
    _check(job, house, options.quiet)
    depth = depth_of(dream.depth, options, native) if dream.depth else None

    def frames(start: int) -> Iterable[Frame]:
        return enlarged(dreamed(job, house, dream.memory, start, depth), native, size)

    more = {"weights": house.sha.get("denoiser", "")[:12], "sampler": job.sampler, "steps": str(job.steps)}
    more |= {"native": f"{native[0]}x{native[1]}", "memory": dream.depth.name if dream.depth else dream.memory}
    return frames, job.frames, more


def _by_others(prompts: Sequence[str], options: Options, dream: Dream) -> tuple[Frames, int, dict[str, str]]:
    from vj.studio import models

    assert options.size is not None
    if len(prompts) > 1 or dream.loop or dream.depth:
        raise VjError(f"--model {dream.model}: several prompts, --loop and --depth need the house model", "leave them")
    total, size = max(1, round(options.seconds * options.fps)), options.size
    wide, high = dream.native or models.native(dream.model)
    scale = min(1.0, (wide * high / (size[0] * size[1])) ** 0.5)
    native = max(32, round(size[0] * scale / 2) * 2), max(32, round(size[1] * scale / 2) * 2)
    job = models.AdapterJob(
        prompts[0], dream.negative, total, native, options.steps, options.guidance, seed=options.seed
    )
    return enlarged(models.dreamed(dream.model, job, quiet=True), native, size), total, models.label_of(dream.model)


def depth_of(path: Path, options: Options, native: tuple[int, int]) -> Depth:
    """Opens the depth again for each run over it. A still holds, a video that is shorter holds its last frame."""
    from itertools import repeat

    if path.suffix.lower() in STILLS:
        still = picture(path, native)
        return lambda: repeat(still)
    probe(path)
    return lambda: frames_of(path, options.fps, native)


def native_of(size: tuple[int, int]) -> tuple[int, int]:
    """As many pixels as NATIVE in the shape of `size`, even numbers; never larger than `size`."""
    scale = min(1.0, (NATIVE[0] * NATIVE[1] / (size[0] * size[1])) ** 0.5)
    return max(32, round(size[0] * scale / 2) * 2), max(32, round(size[1] * scale / 2) * 2)


def job_of(prompts: Sequence[str], options: Options, dream: Dream, native: tuple[int, int]) -> Job:
    from engine.diffusion.guidance import TINT
    from engine.pipelines import text2video

    frames = max(1, round(options.seconds * options.fps))
    kind = dream.sampler or ("ddpm" if dream.quality else "flowmap")
    text2video.sampler(kind)
    steps = options.steps or STEPS[kind]
    cues = tuple(sorted((cue_of(text, options.fps, dream.bpm) for text in prompts), key=lambda cue: cue[0]))
    for (first, text), (second, other) in pairwise(cues):
        if first == second:
            both = f"{text[:40]!r} and {other[:40]!r}"
            raise VjError(f"prompts {both} begin at the same time", 'say when the later one does: "8s: blue ink"')
    if cues[-1][0] >= frames:
        told = (
            f"{cues[-1][1][:40]!r} begins at {cues[-1][0] / options.fps:g} s, the video ends at {options.seconds:g} s"
        )
        raise VjError(told, "make it longer with --seconds")
    return text2video.Job(
        cues[0][1],
        dream.negative,
        frames,
        native,
        steps,
        kind,
        options.guidance or (QUALITY if kind == "ddpm" else TINT),
        options.seed,
        dream.turns or options.seconds / TURN_S,
        closeness=dream.closeness,
        knobs=dream.knobs,
        cues=cues if len(cues) > 1 else (),
        fade=round(FADE_S * options.fps),
        loop=dream.loop,
        every=1 if dream.quality or dream.sampler else FAST,
    )


def cue_of(text: str, fps: float, bpm: float) -> tuple[int, str]:
    """(first frame, prompt) of a prompt that may begin with a time."""
    found = _CUE.match(text)
    if not found:
        return 0, text
    beat = 60.0 / bpm
    unit = {"s": 1.0, "b": beat}[found[2][0].lower()] * (4 if found[2].lower().startswith("bar") else 1)
    return round(float(found[1]) * unit * fps), found[3].strip()


def dreamed(job: Job, house: House, memory: str, start: int = 0, depth: Depth | None = None) -> Iterator[Frame]:
    """Frames of the job's size from `start` on."""
    from engine.pipelines import text2video

    pool = memory_of(house, memory) if job.closeness > 0 and depth is None else None
    latents = text2video.latents(job, house, pool, start, depth() if depth else None)
    while waiting := list(islice(latents, AT_ONCE)):
        yield from text2video.pictures(waiting, house, job.size)


def enlarged(frames: Iterable[Frame], native: tuple[int, int], size: tuple[int, int]) -> Iterable[Frame]:
    """As they are when nothing is to be gained, else through the upscaler."""
    if size[0] <= native[0] and size[1] <= native[1]:
        return frames
    from engine.pipelines.upscale import upscaled

    return upscaled(frames, size, radius=0)


def _check(job: Job, house: House, quiet: bool) -> None:
    """Raises VjError for a prompt of which no word is known; says which words are not."""
    for name in job.knobs:
        if name not in house.names:
            numbers = ", ".join(n for n in house.names if "/" not in n)
            allowed = f"there are {numbers}, family/..., palette/..., fold/..."
            raise VjError(f"--attr {name}: no such attribute", allowed)
    for prompt in dict.fromkeys((job.prompt, *(text for _, text in job.cues))):
        understood(house, prompt, quiet, needed=not job.knobs)

"""`vj text2video`: a clip from words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vj.core.errors import VjError
from vj.options import size_of

EXAMPLE = 'Example: `vj text2video "slow violet tunnel" -o tunnel.mp4 --seconds 8`'
STEPS = {"flowmap": 1, "euler": 24, "heun": 16, "dpmpp_2m": 20, "ddpm": 50}
"""when --steps is not given"""


def command(
    prompt: Annotated[str, typer.Argument(help="What to see", show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="The MP4 to write")] = Path("text2video.mp4"),
    seconds: Annotated[float, typer.Option(min=0.04, max=3600, help="Length")] = 8.0,
    size: Annotated[str, typer.Option(help="Picture size")] = "512x288",
    fps: Annotated[float, typer.Option(min=1, max=120, help="Frames per second")] = 24.0,
    steps: Annotated[int, typer.Option(min=0, max=1000, help="Denoising steps; 0: what suits the sampler")] = 0,
    sampler: Annotated[str, typer.Option(help="flowmap (1 to 4 steps), euler, heun, dpmpp_2m, ddpm")] = "flowmap",
    negative: Annotated[str, typer.Option(help="What not to see; a second pass for each step")] = "",
    guidance: Annotated[float, typer.Option(min=0, max=15, help="How closely to follow the prompt")] = 2.0,
    seed: Annotated[int, typer.Option(help="Another seed, another clip")] = 0,
    turns: Annotated[float, typer.Option(help="Turns of the motion in the whole clip; 0: eight seconds each")] = 0.0,
    pool: Annotated[str, typer.Option(help="The pool whose loops the pictures go by")] = "house",
    closeness: Annotated[
        float, typer.Option(min=0, max=1, help="How much of their forms is kept; 0: from words alone")
    ] = 1.0,
    attribute: Annotated[list[str] | None, typer.Option("--attr", help="A knob by hand, such as scale=0.5")] = None,
    threads: Annotated[int, typer.Option(min=0, help="Of the processor; 0: all")] = 0,
) -> None:
    """Make a clip from words, at any size and length."""
    from vj.studio.text2video import Wish, make

    shape = size_of(size)
    if shape is None:
        raise VjError(f"--size {size!r}: no size", "write it as 512x288")
    wish = Wish(
        prompt=prompt,
        out=out,
        seconds=seconds,
        size=shape,
        fps=fps,
        steps=steps or STEPS.get(sampler, 24),
        sampler=sampler,
        negative=negative,
        guidance=guidance,
        seed=seed,
        turns=turns or seconds / 8.0,
        pool=pool,
        closeness=closeness,
        knobs=knobs(attribute or []),
        threads=threads,
    )
    make(wish)


def knobs(written: list[str]) -> dict[str, float]:
    """`scale=0.5` as numbers. Raises VjError."""
    found = {}
    for text in written:
        name, _, value = text.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            raise VjError(f"--attr {text}: not a name and a number", "write it as scale=0.5") from None
    return found

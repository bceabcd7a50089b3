"""`vj text2video`: a video from words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vj.core.errors import VjError
from vj.options import common, size_of
from vj.studio.options import Made, Options

EXAMPLE = (
    'Examples: `vj text2video "slow violet tunnel" -o tunnel.mp4` · '
    '`vj text2video "red tunnel" --prompt "8 bars: blue ink" --seconds 40 --loop`'
)


@common(seconds=5.0, fps=24.0)
def command(
    prompt: Annotated[str, typer.Argument(help="What to see", show_default=False)],
    out: Path,
    options: Options,
    then: Annotated[
        list[str] | None, typer.Option("--prompt", help='What to see later: "8s: red", "16 beats: ...", "4 bars: ..."')
    ] = None,
    bpm: Annotated[float, typer.Option(min=20, max=400, help="Tempo of those beats and bars")] = 120.0,
    quality: Annotated[bool, typer.Option("--quality/--fast", help="50 steps and guidance, or 1 to 4 steps")] = False,
    negative: Annotated[str, typer.Option(help="What not to see; a second pass for each step")] = "",
    loop: Annotated[bool, typer.Option("--loop", help="The last frame flows into the first")] = False,
    sampler: Annotated[str, typer.Option(help="flowmap, euler, heun, dpmpp_2m or ddpm", show_default=False)] = "",
    turns: Annotated[float, typer.Option(help="Turns of the motion in the clip; 0: eight seconds each")] = 0.0,
    memory: Annotated[str, typer.Option(help="The pool whose loops the pictures go by")] = "house",
    closeness: Annotated[float, typer.Option(min=0, max=1, help="How much of their forms is kept; 0: none")] = 1.0,
    native: Annotated[str, typer.Option(help="Size to dream at, enlarged afterwards", show_default=False)] = "",
    depth: Annotated[Path | None, typer.Option(help="Follow this depth: a video or picture, white near")] = None,
    model: Annotated[str, typer.Option(help="Open weights instead, see `vj models ls`")] = "house",
    attribute: Annotated[list[str] | None, typer.Option("--attr", help="A knob by hand, such as scale=0.5")] = None,
) -> Made:
    """Make a video from words, at any size and length."""
    from vj.studio.jobs.text2video import Dream, text2video

    small = size_of(native, "--native")
    knobs = knobs_of(attribute or [])
    dream = Dream(negative, quality, sampler, loop, bpm, turns, memory, closeness, knobs, small, depth, model)
    return text2video([prompt, *(then or [])], out, options, dream)


def knobs_of(written: list[str]) -> dict[str, float]:
    """`scale=0.5` as numbers. Raises VjError."""
    found = {}
    for text in written:
        name, _, value = text.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            raise VjError(f"--attr {text}: not a name and a number", "write it as scale=0.5") from None
    return found

"""`vj musicvideo`: a show that a song plays."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from vj.options import common
from vj.studio.options import Made, Options

EXAMPLE = "Example: `vj musicvideo song.flac --draft -o draft.mp4`, edit song.story.toml, then `--storyboard` it"


@common()
def command(
    song: Annotated[str, typer.Argument(help="A sound file, or `demo` for the built-in track", show_default=False)],
    out: Path,
    options: Options,
    storyboard: Annotated[str, typer.Option(help="A story.toml; else one is proposed", show_default=False)] = "",
    style: Annotated[str, typer.Option(help="Words that hold throughout in a proposal", show_default=False)] = "",
    draft: Annotated[bool, typer.Option("--draft", help="480x270, 15 fps, no engine: for a quick look")] = False,
    safe: Annotated[bool, typer.Option("--safe", help="Without the engine: dreams play their pool's loop")] = False,
    propose: Annotated[bool, typer.Option("--propose", help="Write the storyboard and no video")] = False,
    analysis: Annotated[str, typer.Option(help="What `vj analyse SONG -o` wrote", show_default=False)] = "",
) -> Made | None:
    """Make a music video: scenes by the song's sections, effects on its drums, transitions that land on the bar."""
    from vj.studio.jobs import musicvideo as job

    video = job.Video(storyboard, style, draft, safe, analysis)
    if propose:
        path = job.proposal(song, out, options, video)
        Console(stderr=True).print(f"then: vj musicvideo {song} --storyboard {path}", soft_wrap=True, markup=False)
        return None
    return job.musicvideo(song, out, options, video)

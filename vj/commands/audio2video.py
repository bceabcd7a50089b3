"""`vj audio2video`: a song as pictures that arrive on its beats."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vj.options import common
from vj.studio.options import Made, Options

EXAMPLE = "Example: `vj audio2video song.flac --style 'neon tunnel' -o song.mp4 --seconds 30`"


@common(fps=30.0)
def command(
    song: Annotated[str, typer.Argument(help="A sound file, or `demo` for the built-in track", show_default=False)],
    out: Path,
    options: Options,
    style: Annotated[str, typer.Option(help="Words that hold throughout; the music adds the rest")] = "",
    strength: Annotated[float, typer.Option(min=0, max=1, help="How much drums, bass and highs move it")] = 0.5,
    memory: Annotated[str, typer.Option(help="The pool whose loops the pictures go by")] = "house",
    closeness: Annotated[float, typer.Option(min=0, max=1, help="How much of their forms is kept")] = 1.0,
    analysis: Annotated[str, typer.Option(help="What `vj analyse SONG -o` wrote", show_default=False)] = "",
) -> Made:
    """Dream a song: a picture for every beat, whole exactly on it, with the song as its sound."""
    from vj.studio.jobs.audio2video import Manner, audio2video

    return audio2video(song, out, style, options, Manner(strength, memory, closeness, None, analysis))

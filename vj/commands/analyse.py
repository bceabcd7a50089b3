"""`vj analyse`: what a song is made of, as numbers and as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from vj.audio.song import Song, analyse, plot
from vj.core.errors import MediaError
from vj.options import Json

EXAMPLE = "Example: `vj analyse song.flac -o song.json --plot song.png`"


def command(
    song: Annotated[str, typer.Argument(help="A sound file, or `demo` for the built-in track", show_default=False)],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write the analysis as JSON", show_default=False)
    ] = None,
    picture: Annotated[Path | None, typer.Option("--plot", help="Draw it as a PNG", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """Find a song's beats, bars, sections, energy, mood and instruments."""
    for path in (out, picture):
        if path is not None and not path.resolve().parent.is_dir():
            raise MediaError(f"{path}: there is no folder {path.parent}", "make it first, or write elsewhere")
    console = Console(stderr=True)
    with _bar(console, hidden=as_json) as progress:
        task = progress.add_task("listening", total=1.0)
        found = analyse(song, lambda share: progress.update(task, completed=share))
    if out is not None:
        _write(out, found.to_json())
    if picture is not None:
        plot(found, picture)
    if as_json:
        print(found.to_json())
    else:
        print(summary(found))


def _bar(console: Console, hidden: bool) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=hidden or not console.is_terminal)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text + "\n")
    except OSError as e:
        raise MediaError(f"{path}: cannot be written ({e.strerror})", "give a folder with room and leave") from None


def summary(song: Song) -> str:
    """The song in some lines for people."""
    tempo = f"{song.bpm:.2f} bpm" if song.bpm else "no beat"
    if len(song.tempo_curve) > 1:
        tempo += f" ({song.tempo_curve[0][1]:.1f} to {song.tempo_curve[-1][1]:.1f})"
    lines = [
        f"{song.path}: {song.seconds:.1f} s, {tempo}, {song.key or 'no key'}, "
        f"{len(song.beats)} beats, {len(song.downbeats)} downbeats"
    ]
    for s in song.sections:
        at = f"{int(s.start_s) // 60}:{s.start_s % 60:04.1f}"
        mood = f"energy {s.energy:.2f}  valence {s.valence:.2f}  arousal {s.arousal:.2f}"
        lines.append(f"{at:>8}  {s.label:<9} {s.group:<2} {s.bars:>3} bars  {mood}")
    return "\n".join(lines)

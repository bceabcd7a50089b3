"""What a user types. Errors are one clear line and exit code 2; `--debug` shows where they came from."""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from vj.core.errors import VjError
from vj.core.paths import cache_dir
from vj.options import Json, SetlistArg, size_of

app = typer.Typer(
    help="A VJ instrument: sound in, dreamed pictures out, on the beat, never black.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
console = Console(stderr=True, emoji=False)  # `camera:tv:` is a name


@app.callback()
def main_options(
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error came from")] = False,
) -> None:
    """Options that stand before the command."""
    if debug:
        os.environ["VJ_DEBUG"] = "1"


@app.command(
    epilog="Examples: `vj play setlist.toml` · `vj play setlist.toml --audio demo --record out.mp4`",
    rich_help_panel="The show",
)
def play(
    setlist: SetlistArg,
    audio: Annotated[str, typer.Option(help="A device (or part of its name), file:PATH, or demo")] = "",
    output: Annotated[list[str] | None, typer.Option(help="window or headless; may be given several times")] = None,
    monitor: Annotated[int | None, typer.Option(help="Full screen on this monitor (see `vj devices`)")] = None,
    size: Annotated[str, typer.Option(help="Picture size, such as 1280x720")] = "",
    fps: Annotated[float, typer.Option(help="Frames per second; 0: as the setlist says", min=0, max=240)] = 0.0,
    seconds: Annotated[float, typer.Option(help="Stop after so long; 0: until stopped", min=0)] = 0.0,
    record: Annotated[Path | None, typer.Option(help="Record pictures and sound to this MP4")] = None,
    report: Annotated[Path | None, typer.Option(help="Write the figures of the show to this JSON file")] = None,
    seed: Annotated[int | None, typer.Option(help="Another seed, another show")] = None,
    safe: Annotated[bool, typer.Option("--safe", help="Without the dreaming engine")] = False,
    badge: Annotated[bool, typer.Option("--badge", help="A small visible sign in the recording: AI or CG")] = False,
) -> None:
    """Play a show: sound in, pictures out."""
    from vj.play import Wanted, play_setlist

    shape, outputs = size_of(size), tuple(output or ())
    wanted = Wanted(setlist, audio, outputs, monitor, shape, fps, seconds, record, report, seed, safe, badge)
    play_setlist(wanted, console)


@app.command(
    epilog="Example: `vj render setlist.toml song.wav -o video.mp4 --size 1920x1080`", rich_help_panel="The show"
)
def render(
    setlist: SetlistArg,
    song: Annotated[str, typer.Argument(help="A sound file, or `demo` for the built-in track")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The MP4 to write")],
    size: Annotated[str, typer.Option(help="Picture size; default: as the setlist says")] = "",
    fps: Annotated[float, typer.Option(help="Frames per second", min=1, max=240)] = 30.0,
    seconds: Annotated[float, typer.Option(help="Only the first seconds of the song; 0: all", min=0)] = 0.0,
    seed: Annotated[int | None, typer.Option(help="Another seed, another show")] = None,
    safe: Annotated[bool, typer.Option("--safe", help="Without the dreaming engine")] = False,
    frames_hash: Annotated[bool, typer.Option("--hash", help="Print the SHA-256 of all frames")] = False,
    badge: Annotated[bool, typer.Option("--badge", help="A small visible sign: AI or CG")] = False,
) -> None:
    """Render a song offline: the same setlist, song and seed give the same frames."""
    from vj.studio.render import RenderJob, render_song

    job = RenderJob(setlist, song, out, size_of(size), fps, seconds, seed, safe, badge)
    digest = render_song(job, console)
    if frames_hash:
        print(digest)


@app.command(epilog="Example: `vj check setlist.toml`", rich_help_panel="The show")
def check(setlist: SetlistArg) -> None:
    """Load a setlist, compile its shaders, verify its pools and the house model."""
    from vj.check import check_setlist

    for line in check_setlist(setlist):
        console.print(line)


@app.command(rich_help_panel="The show")
def devices(as_json: Json = False) -> None:
    """List sound inputs, MIDI ports, cameras, monitors and GPUs."""
    from vj.doctor import devices_here

    found = devices_here()
    if as_json:
        print(json.dumps(found, indent=2))
        return
    for kind, rows in found.items():
        print(f"{kind}:", *(rows or ["none"]), sep="\n  ")


@app.command(rich_help_panel="The show")
def doctor(as_json: Json = False) -> None:
    """Say what is missing on this machine and the command that mends it."""
    from vj.doctor import checkup

    checks = checkup()
    if as_json:
        print(json.dumps([c.as_dict() for c in checks], indent=2))
    else:
        for c in checks:
            mark = "ok " if c.ok else "-- " if c.optional else "NO "
            print(f"{mark} {c.what}" + (f"\n      mend: {c.mend}" if c.mend and not c.ok else ""))
    if any(not c.ok and not c.optional for c in checks):
        raise typer.Exit(2)


@app.command(epilog="Example: `vj beats song.wav --json`", rich_help_panel="The show")
def beats(file: Annotated[Path, typer.Argument(help="A sound file")], as_json: Json = False) -> None:
    """Run the live analyser over a file: beats, kicks and onsets with sounded and emitted times."""
    from vj.audio.beats import beats_of

    found = beats_of(file)
    if as_json:
        print(json.dumps(found.as_dict()))
        return
    counts = ", ".join(f"{len(getattr(found, name).sounded)} {name}" for name in ("beats", "kicks", "snares", "hats"))
    print(f"{file}: {found.seconds:.1f} s, {found.bpm:.2f} bpm, {counts}")


@app.command(epilog="Example: `vj bench render --json`", rich_help_panel="The show")
def bench(
    what: Annotated[str, typer.Argument(help="audio, render, engine, latency, studio, labels or qc")],
    as_json: Json = False,
    seconds: Annotated[float, typer.Option(help="How long to measure", min=1)] = 10.0,
) -> None:
    """Measure this machine."""
    from vj.bench import BENCHES, run_bench

    if what not in BENCHES:
        raise VjError(f"vj bench {what}: unknown", f"one of {', '.join(BENCHES)}")
    figures = run_bench(what, seconds)
    if as_json:
        print(json.dumps(figures))
    else:
        _show(figures)


def _show(figures: dict[str, Any]) -> None:
    for key, value in figures.items():
        print(f"{key}: {json.dumps(value) if isinstance(value, (dict, list)) else value}")


MODEL = ("engine", "eval", "models", "prompt", "train")
"""commands that are about the model and not about pictures"""


def add_commands() -> None:
    """Every file of vj/commands is a command of its own: its `command` function, or its `app` for several."""
    for path in sorted((Path(__file__).parent / "commands").glob("[a-z]*.py")):
        module: Any = importlib.import_module(f"vj.commands.{path.stem}")
        name = path.stem.replace("_", "-")
        panel = "The house model" if name in MODEL else "The studio"
        if hasattr(module, "app"):
            app.add_typer(module.app, name=name, rich_help_panel=panel)
        else:
            app.command(name, epilog=getattr(module, "EXAMPLE", None), rich_help_panel=panel)(module.command)


add_commands()
PACKAGES = {
    **dict.fromkeys(("torch", "safetensors", "tokenizers"), "engine"),
    **dict.fromkeys(("cv2", "skimage", "scipy"), "studio"),
    **dict.fromkeys(("diffusers", "transformers"), "models"),
    "ray": "cluster",
}
"""package -> the extra that brings it"""


def main() -> None:
    """The `vj` command."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except VjError as e:
        if os.environ.get("VJ_DEBUG"):
            raise
        _complain(str(e))
    except Exception as e:  # seam: whatever else breaks is one line for the user, and a file for whoever mends it
        if os.environ.get("VJ_DEBUG"):
            raise
        if isinstance(e, ModuleNotFoundError) and e.name in PACKAGES:
            _complain(f"{e.name} is not installed -- make setup, or pip install 'vj[{PACKAGES[e.name]}]'")
        log = cache_dir() / "last-error.txt"
        log.write_text(traceback.format_exc())
        _complain(f"{type(e).__name__}: {e} -- please report it with {log}")


def _complain(text: str) -> None:
    console.print(f"vj: {text}", style="red", markup=False, highlight=False, soft_wrap=True)
    sys.exit(2)


if __name__ == "__main__":
    main()

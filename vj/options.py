"""Arguments and options that several commands share."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer
from rich.console import Console

from vj.core.errors import VjError

SetlistArg = Annotated[Path, typer.Argument(help="A setlist, such as setlist.example.toml", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print figures as JSON")]

COMMON: dict[str, tuple[Any, Any]] = {
    "out": (Annotated[Path | None, typer.Option("--out", "-o", help="The MP4 to write", show_default=False)], None),
    "size": (Annotated[str, typer.Option(help="Picture size, such as 1920x1080", show_default=False)], ""),
    "fps": (Annotated[float, typer.Option(min=0, max=240, help="Frames per second", show_default=False)], 0.0),
    "seconds": (Annotated[float, typer.Option(min=0, max=36000, help="Length", show_default=False)], 0.0),
    "seed": (Annotated[int, typer.Option(min=0, help="Another seed, another video; the same, the same frames")], 0),
    "steps": (Annotated[int, typer.Option(min=0, max=1000, help="Denoising steps", show_default=False)], 0),
    "guidance": (
        Annotated[float, typer.Option(min=0, max=30, help="How closely to follow the prompt", show_default=False)],
        0.0,
    ),
    "preview": (Annotated[bool, typer.Option("--preview", help="Watch the file while it grows")], False),
    "resume": (Annotated[bool, typer.Option("--resume", help="Go on with what an interrupted run left")], False),
    "pool": (Annotated[str, typer.Option(help="Add the clip to this latent pool; no video without -o")], ""),
    "threads": (Annotated[int, typer.Option(min=0, help="Of the processor; 0: all", show_default=False)], 0),
    "consent": (
        Annotated[
            str, typer.Option(help='Of people in your media: "who, what for, date"; kept as a hash', show_default=False)
        ],
        "",
    ),
    "qc": (Annotated[str, typer.Option(help="Check what is made: off, warn, retry (another seed), fail")], "warn"),
    "retries": (Annotated[int, typer.Option(min=0, max=20, help="How often --qc retry makes it again")], 3),
    "words": (
        Annotated[bool, typer.Option("--label-prompt", help="The prompt itself in the label, not its hash")],
        False,
    ),
    "badge": (Annotated[bool, typer.Option("--badge", help="A small visible sign of how it was made")], False),
    "as_json": (Json, False),
}
"""name -> annotation, default: the options of every studio job, see vj.studio.output.Options"""


def common(**defaults: Any) -> Callable[[Callable[..., Any]], Callable[..., None]]:
    """For a command with parameters `out` and `options`: gives it the options of COMMON in their place, with these
    defaults (a name set to None takes the option away), and prints the Made that it returns."""

    def around(command: Callable[..., Any]) -> Callable[..., None]:
        @wraps(command)
        def run(**given: Any) -> None:
            said = {name: given.pop(name) for name in [*given] if name in COMMON}
            made = _run(command, given, {**defaults, **said})
            if said.get("as_json"):
                print(made.to_json())
            elif made is not None:
                tell(made)

        hints = get_type_hints(command, include_extras=True)
        own = [p for p in inspect.signature(command).parameters.values() if p.name not in ("out", "options")]
        rows = [p.replace(annotation=hints[p.name], kind=p.KEYWORD_ONLY) for p in own]
        for name, (annotation, default) in COMMON.items():
            if name not in defaults or defaults[name] is not None:
                value = type(default)(defaults[name]) if name in defaults else default
                rows.append(
                    inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=value, annotation=annotation)
                )
        run.__signature__ = inspect.Signature(rows)  # type: ignore[attr-defined]  # what typer reads
        run.__annotations__ = {row.name: row.annotation for row in rows}
        return run

    return around


def tell(made: Any) -> None:
    """One line of what was made."""
    pace = made.seconds / made.took_s if made.took_s > 0 else 0.0
    where, size = made.path or "no video", f"{made.size[0]}x{made.size[1]}"
    text = f"{where}: {made.frames} frames {size}, {made.seconds:.1f} s in {made.took_s:.1f} s ({pace:.2f} x real time)"
    Console(stderr=True).print(text, soft_wrap=True, markup=False, highlight=False)


def _run(command: Callable[..., Any], given: dict[str, Any], said: dict[str, Any]) -> Any:
    from vj.studio.gate import retried
    from vj.studio.options import Options
    from vj.studio.output import plainly

    kept = {
        name: said[name] for name in COMMON if name not in ("out", "size", "as_json") and said.get(name) is not None
    }
    options = Options(size=size_of(str(said.get("size") or "")), quiet=bool(said.get("as_json")), **kept)
    out = said.get("out") or (Path() if options.pool else Path(f"{_name(command)}.mp4"))
    with plainly():
        return retried(lambda tried: command(**given, out=out, options=tried), options, out)


def _name(command: Callable[..., Any]) -> str:
    return command.__module__.rpartition(".")[2] if command.__name__ == "command" else command.__name__


def size_of(text: str, option: str = "--size") -> tuple[int, int] | None:
    """`1280x720` as even numbers; None when empty. Raises VjError."""
    if not text:
        return None
    parts = text.lower().split("x")
    if len(parts) != 2 or not all(p.isdigit() and 16 <= int(p) <= 16384 for p in parts):
        raise VjError(f"{option} {text}: not a size", "write it as 1280x720 (16 to 16384)")
    return int(parts[0]) & ~1, int(parts[1]) & ~1

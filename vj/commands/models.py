"""`vj models`: open weights by others, fetched by name and never by themselves."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from vj.core.errors import VjError
from vj.options import Json, size_of

if TYPE_CHECKING:
    from vj.studio.models import Offer

app = typer.Typer(help="Weights by others: list, fetch, check and delete them.", no_args_is_help=True)
console = Console(stderr=True)

Id = Annotated[str, typer.Argument(help="As `vj models ls` names it", show_default=False)]


@app.command(epilog="Example: `vj models ls`")
def ls(as_json: Json = False) -> None:
    """What there is, under which licence, how large, and whether it is here."""
    from vj.studio import models

    rows = models.listing()
    if as_json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
        return
    shown = Table("id", "here", "GB", "size", "what for", "licence")
    for row in rows:
        shown.add_row(row.id, row.here, f"{row.bytes / 1e9:.1f}" if row.bytes else "", row.size, row.use, row.licence)
    Console().print(shown)


@app.command(epilog="Example: `vj models fetch wan`")
def fetch(
    name: Id,
    yes: Annotated[bool, typer.Option("--yes", help="I have read the licence: do not ask")] = False,
) -> None:
    """Show licence and size, ask, download, check. Safetensors only; interrupted, it goes on where it was."""
    from vj.studio import models

    def confirm(offer: Offer) -> bool:
        console.print(f"{offer.id}: {len(offer.files)} files, {offer.total / 1e9:.2f} GB to {models.folder_of(name)}")
        for place in dict.fromkeys(f"{part.repository} at {commit}" for part, commit, _ in offer.files):
            console.print(f"  {place}", highlight=False, soft_wrap=True)
        console.print(f"  licence: {offer.licence}", highlight=False, soft_wrap=True)
        return yes or typer.confirm("Download?", default=False, err=True)

    def show(file: str, size: int) -> None:
        console.print(f"  {file}: {size / 1e6:.1f} MB", highlight=False, soft_wrap=True)

    try:
        agreed = models.fetch(name, confirm, show)
    except KeyboardInterrupt:
        console.print(f"stopped: `vj models fetch {name}` goes on with what is here", highlight=False)
        raise
    if not agreed:
        raise VjError(f"{name}: nothing was downloaded", "--yes agrees without asking")
    console.print(f"{name}: here, whole and checked", highlight=False)


@app.command(epilog="Example: `vj models verify wan`")
def verify(name: Id) -> None:
    """Read every file and compare its sha256 with the one it came with."""
    from vj.studio import models

    broken = []
    for file, good in models.verify(name):
        console.print(f"{'ok ' if good else 'NO '} {file}", highlight=False, soft_wrap=True)
        broken += [] if good else [file]
    if broken:
        raise VjError(f"{name}: {len(broken)} files are not what came: {broken[0]}", f"vj models forget {name}")


@app.command(epilog="Example: `vj models forget wan`")
def forget(name: Id) -> None:
    """Delete the weights of an id."""
    from vj.studio import models

    console.print(f"{models.forget(name) / 1e9:.2f} GB freed")


@app.command(epilog='Example: `vj models draw flux-klein "golden city" -o pictures --count 20`')
def draw(
    name: Id,
    prompt: Annotated[str, typer.Argument(help="What to see", show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder for the PNG files")] = Path("pictures"),
    count: Annotated[int, typer.Option(min=1, max=10000, help="How many pictures")] = 4,
    size: Annotated[str, typer.Option(help="Picture size; empty: as the model was trained")] = "",
    steps: Annotated[int, typer.Option(min=0, max=200, help="0: what suits the model")] = 0,
    guidance: Annotated[float, typer.Option(min=0, max=30, help="0: what suits the model")] = 0.0,
    negative: Annotated[str, typer.Option(help="What not to see, where the model can be told")] = "",
    image: Annotated[Path | None, typer.Option(help="A picture to dream over, or to refer to")] = None,
    strength: Annotated[float, typer.Option(min=0, max=1, help="How much of it is dreamed over")] = 0.6,
    seed: Annotated[int, typer.Option(min=0, help="Of the first picture; the next has the next")] = 0,
    consent: Annotated[str, typer.Option(help='Of people in --image: "who, what for, date"')] = "",
) -> None:
    """Make pictures with fetched weights, for a pool of your own ([[pool]] with media in a setlist)."""
    from vj.core.policy import permitted
    from vj.files.video import picture
    from vj.studio import models
    from vj.studio.consent import consented

    permitted(prompt)
    media = (image,) if image else ()
    consented(media, consent)
    shape = size_of(size) or models.native(name)
    shown = None if image is None else picture(image, shape)
    job = models.AdapterJob(prompt, negative, count, shape, steps, guidance, seed, None, strength, shown)
    for path in models.draw(name, job, out, media=media, consent=consent):
        print(path)


@app.command(epilog="Example: `vj models table > docs/models-open.md`")
def table() -> None:
    """Print docs/models-open.md, made from the table in the code."""
    from vj.studio import models

    print(models.markdown(), end="")

"""What a show says of itself: `About` of a recording or a rendering, from its setlist."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from vj.labels.about import About, kind_of
from vj.setlist.schema import Setlist

DREAMS = ("neural", "restyle")
"""kinds of sources that the model has drawn: also without an engine, when a pool's loop is shown"""
FILES = ("image", "video")
LIVE = ("camera",)


def about_show(setlist: Setlist, pipeline: str, seed: int, song: str = "") -> About:
    """pipeline: `play` or `render`; song: a sound file that is heard in it, as `--audio` or `vj render` take it.

    Everything of the setlist counts, whether it is shown in the end or not."""
    files, live = _media(setlist)
    model = any(kind in DREAMS for kind, _ in _sources(setlist))
    heard = Path(song.removeprefix("file:"))
    media = bool(files) or live
    if song and heard.is_file():
        files, media = (*files, heard), media or model  # beside shaders alone it changes nothing about the pictures
    said = {"pipeline": pipeline, "setlist": setlist.path.name, "setlist_sha256": setlist.digest, "seed": str(seed)}
    if model:
        prompts = dict.fromkeys(text for scene in setlist.scenes for text, _ in scene.engine.prompts)
        pools = dict.fromkeys(name for kind, name in _sources(setlist) if kind == "neural" and name)
        said |= {"model": "house", "prompt": "; ".join(prompts), "pools": ", ".join(pools)}
    said = {name: text for name, text in said.items() if text}
    return About(kind_of(model, media), said, files, setlist.show.consent)


def together(first: About, others: list[About]) -> About:
    """A recording during which the setlist was edited: as made with all that any of them had."""
    kinds = {first.kind, *(other.kind for other in others)}
    model, media = bool(kinds & {"generated", "composite"}), bool(kinds & {"composite", "edited"})
    inputs = tuple(dict.fromkeys(path for about in (first, *others) for path in about.inputs))
    return replace(first, kind=kind_of(model, media), inputs=inputs)


def _sources(setlist: Setlist) -> Iterator[tuple[str, str]]:
    """(kind, argument) of every layer; of a dream over another source both."""
    for scene in setlist.scenes:
        for layer in scene.layers:
            kind, _, argument = layer.source.partition(":")
            yield kind, argument
            while kind == "restyle":
                kind, _, argument = argument.partition(":")
                yield kind, argument


def _media(setlist: Setlist) -> tuple[tuple[Path, ...], bool]:
    """Files of the user that are shown, and whether a camera is."""
    found = {(kind, argument): None for kind, argument in _sources(setlist)}
    files = tuple(setlist.path.parent / argument for kind, argument in found if kind in FILES)
    return files, any(kind in LIVE for kind, _ in found)

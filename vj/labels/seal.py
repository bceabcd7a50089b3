"""Labels on a file that is written: XMP, then a signed C2PA manifest, then a signature over every byte.

All of it is done in a copy beside the file, which then takes its place: a crash leaves the old file or the new one."""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from vj.core.errors import MediaError, VjError
from vj.labels.about import About
from vj.labels.parts import form_of

BUFFER = 1 << 18
"""bytes: the library reads and writes 8 KB at a time"""
SLOW = 200 * 2**20
"""bytes from which on it is shown that something is done"""


def seal(path: Path, about: About, name: Path | None = None) -> bool:
    """Label the MP4, PNG or JPEG at `path` in place; `name`: what it will be called. Never raises and never harms the
    file: what went wrong is told in a line, and False returned."""
    try:
        label(path, about, name)
    except (VjError, OSError, ImportError) as error:
        what = name or path
        said = error.message if isinstance(error, VjError) else error
        text = f"{what} is whole, but not labelled: {said} -- vj label {what} --kind {about.kind}"
        Console(stderr=True).print(text, style="yellow", markup=False, highlight=False, soft_wrap=True)
        return False
    return True


def seal_picture(path: Path, pipeline: str, model: bool, **said: str) -> bool:
    """Label a picture that is nobody's media: model True where a network has drawn in it. Other formats stay plain."""
    if path.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        return False
    more = {"model": "house"} if model else {}
    return seal(path, About("generated" if model else "drawn", {"pipeline": pipeline, **more, **said}))


def label(path: Path, about: About, name: Path | None = None) -> None:
    """As `seal`. A manifest that is already there becomes the parent of the new one; of an edited file without inputs
    the parent is the file as it was. Raises MediaError, VjError for the signing identity, OSError for the disk."""
    from vj.labels import credentials, fragments, whole, xmp
    from vj.labels.identity import identity

    path = path.resolve()  # a link stays a link
    form, who = form_of(path), identity()
    parent = credentials.has_manifest(path, form) or (about.kind == "edited" and not about.inputs)
    job = credentials.Job(about, (name or path).name, form, path if parent else None)
    with _progress(path), _copies(path) as (plain, signed):
        with path.open("rb", BUFFER) as old, plain.open("w+b", BUFFER) as new:
            xmp.rewrite(old, new, form, about)
        with plain.open("rb", BUFFER) as old, signed.open("w+b", BUFFER) as new:
            credentials.sign(old, new, job, who)
            if form == "mp4":
                fragments.indexed(old, new)
            whole.close(new, form, who.key)
            new.flush()
            os.fsync(new.fileno())
        shutil.copymode(path, signed)
        os.replace(signed, path)


def leftovers(path: Path) -> None:
    """Remove copies that a killed process left beside a file."""
    for old in path.parent.glob(f".{glob.escape(path.name)}.*.label"):
        old.unlink(missing_ok=True)


@contextlib.contextmanager
def _copies(path: Path) -> Iterator[tuple[Path, Path]]:
    pair = []
    try:
        for _ in range(2):
            handle, name = tempfile.mkstemp(".label", f".{path.name}.", path.parent)
            os.close(handle)
            pair.append(Path(name))
        yield pair[0], pair[1]
    except OSError as error:
        raise MediaError(f"{path}: {error.strerror or error}", "it needs room for two copies of the file") from None
    finally:
        for copy in pair:
            copy.unlink(missing_ok=True)


@contextlib.contextmanager
def _progress(path: Path) -> Iterator[None]:
    if path.stat().st_size < SLOW:
        yield
        return
    with Console(stderr=True).status(f"labelling {path.name}"):
        yield

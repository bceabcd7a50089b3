"""The label of a pool: on its film, for all of its files, and on its sheet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from vj.labels.about import About, kind_of
from vj.labels.seal import seal

FILES = ("pool.safetensors", "pool.toml")
OURS = ("world", "text", "dream", "text2video", "studio")
"""sources of entries that are nobody's media"""


def seal_pool(folder: Path, sources: Iterable[str], consent: str = "") -> None:
    """When all files of a pool are written. sources: of its entries, as pool.toml names them.

    Its pictures have been through the model, whatever they were before, so none of them is a drawing."""
    media = any(source not in OURS for source in sources)
    hashes = {}
    for name in FILES:
        with (folder / name).open("rb") as file:
            hashes[f"{name}_sha256"] = hashlib.file_digest(file, "sha256").hexdigest()
    said = {"pipeline": "pool", "pool": folder.name, "model": "house"} | hashes
    about = About(kind_of(True, media), said, consent=consent)
    for name in ("pool.mp4", "sheet.png"):
        if (folder / name).is_file():
            seal(folder / name, about)

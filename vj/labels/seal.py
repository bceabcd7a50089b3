"""Labels on a file that is written: XMP, then a signed C2PA manifest."""

from __future__ import annotations

from pathlib import Path

from vj.labels.about import About


def seal(path: Path, about: About) -> None:
    """Label the MP4, PNG or JPEG at `path` in place."""

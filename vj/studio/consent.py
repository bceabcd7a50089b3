"""Faces in what a user brings need the consent of who they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def consented(media: Sequence[Path], consent: str) -> None:
    """Raises ConsentError when faces are in the media, or cannot be looked for, and no consent is given."""

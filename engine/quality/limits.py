"""All thresholds of the checks, in one table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """least: the score (0-1) under which a check fails; why: what that means to who watches."""

    least: float
    why: str


LIMITS: dict[str, Limit] = {
    # the picture itself
    "black": Limit(1.0, "no frame is black"),
    "frozen": Limit(1.0, "no part stands still as if the player had stopped"),
    "duplicate": Limit(0.9, "at most one frame in ten only repeats the one before"),
    "blur": Limit(0.7, "it stays as sharp as it began"),
    "drift": Limit(0.7, "light and colours stay what they were"),
    "flash": Limit(1.0, "at most three flashes in any second (ITU-R BT.1702, WCAG 2.3.1)"),
    # motion
    "flicker": Limit(0.7, "severity of at most 0.3, the motion taken out"),
    "morphing": Limit(0.5, "severity of at most 0.5: things that turn into others"),
    "consistency": Limit(0.87, "a frame follows from the one before"),
    "cuts": Limit(1.0, "no cut where none was asked for"),
    "loop": Limit(0.7, "the last frame goes over into the first"),
    # what is shown
    "anatomy": Limit(0.7, "faces and hands keep their shape"),
    "prompt": Limit(0.35, "it shows what was asked for"),
}
"""check -> limit; the names in the order of the report"""

"""Errors that a user can act on: what, where, what was got, what is allowed, what mends it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable


class VjError(Exception):
    """One clear line for the user; `mend` is the command or the edit that repairs it."""

    def __init__(self, message: str, mend: str = "") -> None:
        super().__init__(f"{message} -- {mend}" if mend else message)
        self.message = message
        self.mend = mend


class SetlistError(VjError):
    """Every mistake found in a setlist, at once; `mistakes` holds one line each."""

    def __init__(self, path: str, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        count = len(self.mistakes)
        lines = "\n  ".join(self.mistakes)
        super().__init__(f"{path}: {count} mistake{'s' if count != 1 else ''}\n  {lines}")


class ShaderError(VjError):
    """A shader that does not load or compile: file, line and the driver's message."""


class DeviceError(VjError):
    """A device that is missing or broke; the message lists the candidates."""


class MediaError(VjError):
    """A picture, sound or video file that cannot be used."""


class ConsentError(VjError):
    """People may be in somebody's media, and nothing says that they agreed."""


class PolicyError(VjError):
    """A prompt that asks for what this program refuses to make."""


def nearest(name: str, allowed: Iterable[str]) -> str:
    """A hint such as ` (did you mean "bloom"?)`, or an empty string when nothing is near."""
    close = difflib.get_close_matches(name, list(allowed), n=1, cutoff=0.5)
    return f' (did you mean "{close[0]}"?)' if close else ""


def discreet(text: str) -> str:
    """Addresses in a text without user, password and query: what is told on a stage may be read by the whole hall."""
    return re.sub(r"://(?:[^\s?]*@)?([^\s?]*)(?:\?\S*)?", r"://\1", text)

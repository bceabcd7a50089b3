"""All checks over one clip, in one pass."""

from __future__ import annotations

import importlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from engine.quality.contracts import PRESET, Clip, Flows, Frame, Look, Verdict, Watch, shrunk
from engine.quality.limits import LIMITS
from engine.vision import flow

Said = TypeVar("Said")
STILL = ("black", "frozen", "duplicate", "blur", "flash", "cuts", "anatomy", "prompt")
"""checks that ask for no motion: where only these look, none is searched for"""


def names() -> tuple[str, ...]:
    """Every check, in the order of the report."""
    return tuple(LIMITS)


def check(name: str, frames: Iterable[Frame], clip: Clip) -> Verdict:
    """One check alone."""
    return judge(frames, clip, [name])[0]


def judge(frames: Iterable[Frame], clip: Clip, only: Sequence[str] = ()) -> list[Verdict]:
    """The verdict of every check (or of those that are named) on frames uint8 [h, w, 3] of one size."""
    jury = Jury(clip, only)
    for look in looks(frames, jury.moving):
        jury.look(look)
    return jury.verdicts()


def looks(frames: Iterable[Frame], moving: bool = True) -> Iterator[Look]:
    """Look after look. While one is looked at, the next frame is read and its motion found on a thread."""
    ahead, look, number = _ahead(frames, moving), None, 0
    with ThreadPoolExecutor(1, "look") as hand:
        waiting = hand.submit(next, ahead, None)
        while (got := waiting.result()) is not None:
            waiting = hand.submit(next, ahead, None)
            look = Look(number, got[0], look, got[1])
            number += 1
            yield look


def _ahead(frames: Iterable[Frame], moving: bool) -> Iterator[tuple[Frame, Flows | None]]:
    before: Frame | None = None
    for frame in frames:
        small = shrunk(frame)
        grey = flow.luma(small)
        yield small, flow.both(before, grey, PRESET) if moving and before is not None else None
        before = grey


class Jury:
    """Checks that are shown one frame after another."""

    def __init__(self, clip: Clip, only: Sequence[str] = ()) -> None:
        self._watches: dict[str, Watch] = {}
        self._look: Look | None = None
        for name in only or names():
            watch: Watch = importlib.import_module(f"engine.quality.{name}").watch(clip)
            next(watch)
            self._watches[name] = watch
        self.seen = 0

    @property
    def moving(self) -> bool:
        """Whether any of them asks for motion."""
        return any(name not in STILL for name in self._watches)

    def see(self, frame: Frame) -> None:
        self._look = Look(self.seen, frame, self._look)
        self.look(self._look)

    def look(self, look: Look) -> None:
        """The next look, where somebody else makes them."""
        self.seen += 1
        for watch in self._watches.values():
            watch.send(look)

    def verdicts(self) -> list[Verdict]:
        """What they say; the jury is done afterwards."""
        return [said(watch) for watch in self._watches.values()]


def said(watch: Generator[None, Look | None, Said]) -> Said:
    """What it says when there is no more to see."""
    try:
        watch.send(None)
    except StopIteration as end:
        last: Said = end.value
        return last
    raise AssertionError("a check that does not end")

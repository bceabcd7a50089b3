"""All checks over one clip, in one pass."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence

from engine.quality.contracts import Clip, Frame, Look, Verdict, Watch
from engine.quality.limits import LIMITS


def names() -> tuple[str, ...]:
    """Every check, in the order of the report."""
    return tuple(LIMITS)


def check(name: str, frames: Iterable[Frame], clip: Clip) -> Verdict:
    """One check alone."""
    return judge(frames, clip, [name])[0]


def judge(frames: Iterable[Frame], clip: Clip, only: Sequence[str] = ()) -> list[Verdict]:
    """The verdict of every check (or of those that are named) on frames uint8 [h, w, 3] of one size."""
    jury = Jury(clip, only)
    for frame in frames:
        jury.see(frame)
    return jury.verdicts()


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

    def see(self, frame: Frame) -> None:
        self._look = Look(self.seen, frame, self._look)
        self.seen += 1
        for watch in self._watches.values():
            watch.send(self._look)

    def verdicts(self) -> list[Verdict]:
        """What they say; the jury is done afterwards."""
        return [_last(watch) for watch in self._watches.values()]


def _last(watch: Watch) -> Verdict:
    try:
        watch.send(None)
    except StopIteration as end:
        verdict: Verdict = end.value
        return verdict
    raise AssertionError("a check that does not end")

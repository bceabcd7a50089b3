"""Quality control of pool entries: their pictures as they are seen, played round as the loop that they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from vj.studio.entrystore import Kept

if TYPE_CHECKING:
    from engine.quality.contracts import Verdict

LOOP = ("black", "flash", "cuts", "flicker", "loop")
CHECKS: Mapping[str, tuple[str, ...]] = {"text": LOOP, "world": LOOP, "media": ("black", "flash")}
"""kind of entry -> its checks. The others need seconds of film, and eight frames of a loop are less than one:
of loops drawn by our own generators a quarter would not pass `morphing`"""
FPS = 12.0
"""about as quick as a loop of eight frames is played at 120 beats per minute, one in four beats or less"""
ROUNDS = 2
"""flashes and cuts across the seam are seen in the second"""
NEXT = 1_000_003
"""from the seed of a try to that of the next: larger than any count of entries"""


def faults_of(kept: Kept, kind: str) -> tuple[Verdict, ...]:
    """What is wrong with an entry. The same on every machine: on one thread, as flow depends on their number."""
    import cv2

    from engine.quality.contracts import Clip
    from engine.quality.run import Jury

    count = len(kept.tensors["cuts"]) - 1
    frames = [kept.picture(t) for t in range(count)]
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        jury = Jury(Clip(FPS, ROUNDS * count, kept.caption, True), CHECKS[kind])
        for frame in frames * ROUNDS:
            jury.see(frame)
        return tuple(verdict for verdict in jury.verdicts() if verdict.ok is False)
    finally:
        cv2.setNumThreads(threads)


def worst(faults: tuple[Verdict, ...]) -> float:
    """Score of the worst check, 1 where there is none."""
    return min((fault.score or 0.0 for fault in faults), default=1.0)

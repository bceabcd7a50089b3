"""Quality control of what the studio makes, while it is made: what fails is told, refused, or made again."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.progress import track

from vj.core.errors import VjError
from vj.files.video import Frame, timed
from vj.studio.options import Made, Options

if TYPE_CHECKING:
    from engine.quality.contracts import Verdict
    from engine.quality.run import Jury
    from vj.studio.output import Writing

SAME = ("flash", "flicker")
"""of a video that follows somebody's own: its black frames, cuts and stills are theirs. Flashes are a danger to who
watches, wherever they come from"""
FROM_STILL = ("black", "duplicate", "blur", "drift", "flash", "flicker", "morphing", "consistency", "cuts", "loop")
GATES: Mapping[str, tuple[str, ...]] = {
    "text2video": ("black", "frozen", *FROM_STILL[1:], "anatomy", "prompt"),
    "image2video": FROM_STILL,
    "kenburns": ("black", "duplicate", "flash", "flicker", "morphing", "cuts"),
    "cinemagraph": ("black", "flash", "flicker", "morphing", "cuts", "loop"),
    "camera": ("black", "flash", "flicker"),
    "multiview": ("black", "flash", "flicker"),
    "audio2video": ("black", "frozen", "flash"),
    "musicvideo": ("black", "frozen", "flash"),
    **dict.fromkeys(("style", "inpaint", "upscale", "interpolate"), SAME),
}
"""pipeline -> the checks that what it makes must pass. Left out is what is meant to be: a camera over a still loses
sharpness where it goes close, a song's pictures change colour and cut on the beat, most of a cinemagraph is still"""
CHEAP = ("black", "frozen", "duplicate", "blur", "flash", "cuts", "loop")
"""those that `warn` looks at: all but `loop` need no motion, and that is looked for at half the size"""
CUES = " | "
"""between the prompts of a label: such a clip changes its colours and what it shows"""


def checks_of(how: Writing) -> tuple[str, ...]:
    """Names of the checks for a job."""
    wanted = GATES.get(how.label.get("pipeline", ""), SAME)
    several = CUES in how.label.get("prompt", "")
    without = {"drift", "prompt"} if several else set()
    without |= set() if how.loop else {"loop"}
    return tuple(name for name in wanted if name not in without and (how.options.qc != "warn" or name in CHEAP))


class Gate:
    """Sees every frame that is written."""

    def __init__(self, how: Writing, total: int) -> None:
        self._how, self._total, self._juries = how, total, _juries(how, total)
        self.mode = how.options.qc
        if self.mode == "retry" and "seed" not in how.label:
            self.mode = "warn"
            name = how.label.get("pipeline", "this job")
            told = f"--qc retry: another seed changes nothing in {name}; what is wrong is only told"
            _say(how.options, told)

    def see(self, frame: Frame) -> None:
        """The next frame."""
        for jury, shown in self._juries:
            jury.see(shown(frame))

    def faults(self, film: Path | None = None) -> tuple[Verdict, ...]:
        """What is wrong, when all frames are seen. film: the finished file, where an interrupted run had written some:
        then it is looked at from its beginning."""
        if self._juries and film is not None:
            self._juries = _juries(self._how, self._total)
            for frame in _again(film, self._how.options.quiet):
                self.see(frame)
        found = [verdict for jury, _ in self._juries for verdict in jury.verdicts()]
        return tuple(verdict for verdict in found if verdict.ok is False)

    def tell(self, faults: Sequence[Verdict]) -> None:
        """One line for each."""
        for verdict in faults:
            _say(self._how.options, f"qc: {line(verdict, self._how.fps)}")


class Rejected(VjError):
    """A video that fails its checks, and lies beside the place that it was meant for."""

    def __init__(self, film: tuple[Path, Path | None, float], faults: Sequence[Verdict], sha256: str) -> None:
        """film: where it was to go, where it is (None: it was only for a pool), frames per second."""
        out, self.path, fps = film
        told = "\n  ".join(line(verdict, fps) for verdict in faults)
        left = f"{self.path} holds what was made; " if self.path else ""
        mend = f"{left}--qc retry tries other seeds, --qc warn keeps it"
        super().__init__(f"{out.name or 'the clip'}: does not pass\n  {told}\n", mend)
        self.faults, self.sha256 = tuple(faults), sha256
        self.finish: Callable[[], Made] = _nothing
        """puts it in place all the same"""

    @property
    def score(self) -> float:
        """That of the worst check."""
        return min(verdict.score or 0.0 for verdict in self.faults)

    def drop(self) -> None:
        """Something better is there."""
        if self.path:
            self.path.unlink(missing_ok=True)


def line(verdict: Verdict, fps: float) -> str:
    """A failing check in one line: what, where, why."""
    spans = []
    for span in verdict.where[:3]:
        frames = f"frame {span.first}" if span.first == span.last else f"frames {span.first}-{span.last}"
        spans.append(f"{frames} ({span.first / fps:.2f} s)")
    more = f" and {len(verdict.where) - 3} more places" if len(verdict.where) > 3 else ""
    where = f" at {', '.join(spans)}{more}" if spans else ""
    return f"{verdict.name} {verdict.score or 0.0:.2f}{where}: {verdict.reason}"


def rejected_of(out: Path, options: Options) -> Path:
    """Where a video that does not pass is left; each try of a retry has its own."""
    mark = f"-{options.seed}" if options.qc == "retry" else ""
    return out.with_name(f"{out.stem}.rejected{mark}.mp4")


def retried(make: Callable[[Options], Made], options: Options, out: Path) -> Made:
    """A job, and with qc = retry the same with the seeds that follow until one passes; if none does, the best."""
    if options.qc != "retry":
        return make(options)
    best: Rejected | None = None
    first = _begun(options, out)
    for seed in range(first, options.seed + options.retries + 1):
        try:
            made = make(replace(options, seed=seed, resume=options.resume and seed == first))
        except Rejected as no:
            same = best is not None and no.sha256 == best.sha256 != ""
            _say(options, f"qc: seed {seed} does not pass ({', '.join(v.name for v in no.faults)})")
            best, worse = (no, best) if best is None or no.score > best.score else (best, no)
            if worse is not None:
                worse.drop()
            if same:
                break  # the seed changes nothing
            continue
        if best is not None:
            best.drop()
            _say(options, f"qc: seed {seed} passes")
        return made
    assert best is not None
    _say(options, f"qc: no seed passes; the best of them is kept:\n  {best.message}")
    return best.finish()


def retrying(job: Callable[..., Made]) -> Callable[..., Made]:
    """A job of vj/studio/jobs that makes itself again where its options say so."""
    shape = inspect.signature(job)

    @wraps(job)
    def run(*args: Any, **named: Any) -> Made:
        given = shape.bind(*args, **named)
        given.apply_defaults()

        def make(options: Options) -> Made:
            given.arguments["options"] = options
            return job(*given.args, **given.kwargs)

        return retried(make, given.arguments["options"], Path(given.arguments["out"]))

    return run


def _begun(options: Options, out: Path) -> int:
    """The seed of the try that was interrupted: those before it had failed."""
    from vj.studio.output import label_of, part_of

    left = label_of(part_of(out)).get("seed", "") if options.resume and out.name else ""
    seed = int(left) if left.isdigit() else options.seed
    return seed if options.seed <= seed <= options.seed + options.retries else options.seed


def _juries(how: Writing, total: int) -> list[tuple[Jury, Callable[[Frame], Frame]]]:
    """Who looks, and at frames of what size."""
    if how.options.qc == "off":
        return []
    from engine.quality.contracts import Clip
    from engine.quality.run import STILL, Jury

    names, clip = checks_of(how), Clip(how.fps, total, how.label.get("prompt", ""), how.loop)
    moving = [name for name in names if name not in STILL and how.options.qc == "warn"]
    still = [name for name in names if name not in moving]
    juries = [(still, _whole), (moving, halved)]
    return [(Jury(clip, some), shown) for some, shown in juries if some]


def halved(frame: Frame) -> Frame:
    """Half as large as checks see it, a quarter of the work."""
    import cv2

    from engine.quality.contracts import shrunk

    small = shrunk(frame)
    size = max(16, small.shape[1] // 2), max(16, small.shape[0] // 2)
    return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_AREA), np.uint8)


def _whole(frame: Frame) -> Frame:
    return frame


def _again(film: Path, quiet: bool) -> Iterable[Frame]:
    from engine.quality.contracts import AREA

    read = (frame for _, frame in timed(film, AREA))
    return track(read, "checking what was there", console=Console(stderr=True), disable=quiet, transient=True)


def _say(options: Options, text: str) -> None:
    Console(stderr=True, quiet=options.quiet).print(text, soft_wrap=True, markup=False, highlight=False)


def _nothing() -> Made:
    raise AssertionError("nothing to put in place")

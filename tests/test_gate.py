"""The gate: what leaves the studio is checked while it is written, and told, refused or made again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from quality_clips import Frames, camera, plasma

from engine.quality.limits import LIMITS
from vj.core.errors import VjError
from vj.files.video import frames as read
from vj.studio import JOBS
from vj.studio.gate import CHEAP, GATES, Rejected, checks_of, rejected_of, retried, retrying
from vj.studio.options import QC, Made, Options
from vj.studio.output import Writing, label_of, part_of, write

SIZE = (128, 72)
COUNT = 24


def good() -> Frames:
    return camera("astronaut", COUNT, SIZE, right=1.0)


def bad(at: int = 10, count: int = 1) -> Frames:
    """One or more black frames."""
    return [np.zeros_like(f) if at <= n < at + count else f for n, f in enumerate(good())]


def how(qc: str, pipeline: str = "text2video", **more: object) -> Writing:
    options = Options(quiet=True, qc=qc, **more)  # type: ignore[arg-type]
    return Writing(SIZE, 12.0, options, {"pipeline": pipeline, "seed": str(options.seed)})


def job(out: Path, options: Options = Options()) -> Made:
    """One that is bad with even seeds, and less so with 2."""
    frames = good() if options.seed % 2 else bad(count=2 if options.seed == 2 else 6)
    label = {"pipeline": "text2video", "seed": str(options.seed)}
    return write(frames, COUNT, out, Writing(SIZE, 12.0, options, label))


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_every_job_has_a_row_and_every_row_names_checks() -> None:
    assert set(GATES) == set(JOBS)
    wanted = {name for row in GATES.values() for name in row} | set(CHEAP)
    assert wanted <= set(LIMITS)


def test_off_looks_at_nothing_and_warn_tells(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert write(bad(), COUNT, tmp_path / "a.mp4", how("off")).faults == ()
    loud = how("warn")
    loud = replace(loud, options=replace(loud.options, quiet=False))
    made = write(bad(), COUNT, tmp_path / "b.mp4", loud)
    assert made.faults == ("black",) and (tmp_path / "b.mp4").is_file()
    told = " ".join(capsys.readouterr().err.split())
    assert "qc: black" in told and "frame 10 (0.83 s)" in told
    assert write(good(), COUNT, tmp_path / "c.mp4", how("warn")).faults == ()


def test_fail_leaves_the_video_beside_its_place(tmp_path: Path) -> None:
    out = tmp_path / "a.mp4"
    with pytest.raises(Rejected, match=r"(?s)black.*frame 10.*a\.rejected\.mp4"):
        write(bad(), COUNT, out, how("fail"))
    assert files(tmp_path) == ["a.rejected.mp4"]
    assert len(list(read(tmp_path / "a.rejected.mp4"))) == COUNT
    assert write(good(), COUNT, out, how("fail")).faults == () and out.is_file()


def test_retry_goes_on_to_the_seed_that_passes(tmp_path: Path) -> None:
    out = tmp_path / "a.mp4"
    made = retrying(job)(out, Options(quiet=True, qc="retry", seed=4))
    assert made.label["seed"] == "5" == label_of(out)["seed"] and made.faults == ()
    assert files(tmp_path) == ["a.mp4"], "what was rejected is gone"
    assert made.sha256 == job(tmp_path / "b.mp4", Options(quiet=True, seed=5)).sha256


def test_retry_keeps_the_best_when_none_passes(tmp_path: Path) -> None:
    out = tmp_path / "a.mp4"
    tried: list[int] = []

    def even(options: Options) -> Made:
        tried.append(options.seed)
        return job(out, replace(options, seed=2 * options.seed))

    made = retried(even, Options(quiet=True, qc="retry", seed=0, retries=2), out)
    assert tried == [0, 1, 2] and made.label["seed"] == "2" and "black" in made.faults
    assert files(tmp_path) == ["a.mp4"] and sum(not f.max() > 40 for f in read(out)) == 2
    with pytest.raises(Rejected):
        job(out, Options(quiet=True, qc="fail"))
    assert files(tmp_path) == ["a.mp4", "a.rejected.mp4"], "what was there stays"


def test_retry_stops_when_the_seed_changes_nothing(tmp_path: Path) -> None:
    tried: list[int] = []

    def same(options: Options) -> Made:
        tried.append(options.seed)
        return write(bad(), COUNT, tmp_path / "a.mp4", Writing(SIZE, 12.0, options, how("retry").label))

    made = retried(same, Options(quiet=True, qc="retry", retries=9), tmp_path / "a.mp4")
    assert tried == [0, 1] and "black" in made.faults


def test_retry_only_tells_where_no_seed_is(tmp_path: Path) -> None:
    plain = Writing(SIZE, 12.0, Options(quiet=True, qc="retry"), {"pipeline": "upscale"})
    flashing = [np.full((72, 128, 3), 235 * (n % 2) + 10, np.uint8) for n in range(COUNT)]
    made = write(flashing, COUNT, tmp_path / "a.mp4", plain)
    assert "flash" in made.faults and (tmp_path / "a.mp4").is_file()


def test_what_was_in_the_users_video_is_not_held_against_it(tmp_path: Path) -> None:
    for pipeline in ("style", "inpaint", "upscale", "interpolate"):
        assert write(bad(), COUNT, tmp_path / "a.mp4", how("fail", pipeline)).faults == ()


def test_loops_are_checked_as_loops_and_several_prompts_may_change_colours() -> None:
    plain = how("fail")
    assert "loop" not in checks_of(plain) and "loop" in checks_of(replace(plain, loop=True))
    cued = replace(plain, label={**plain.label, "prompt": "red tunnel | 8s: blue ink"})
    assert {"drift", "prompt"} & set(checks_of(plain)) and not {"drift", "prompt"} & set(checks_of(cued))
    assert set(checks_of(how("warn"))) <= set(CHEAP)


def interrupted(frames: Frames) -> Iterator[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    yield from frames[:20]
    raise KeyboardInterrupt


def test_a_resumed_job_is_checked_from_its_beginning(tmp_path: Path) -> None:
    out = tmp_path / "a.mp4"
    with pytest.raises(KeyboardInterrupt):
        write(interrupted(bad(at=5)), COUNT, out, how("fail"))
    with pytest.raises(Rejected, match="frame 5"):
        write(bad(at=5), COUNT, out, how("fail", resume=True))


def test_a_resumed_retry_goes_on_with_the_seed_it_was_at(tmp_path: Path) -> None:
    out, tried = tmp_path / "a.mp4", list[int]()
    label = {"pipeline": "text2video", "seed": "3"}
    with pytest.raises(KeyboardInterrupt):
        write(interrupted(good()), COUNT, out, Writing(SIZE, 12.0, Options(quiet=True, qc="retry", seed=3), label))
    assert part_of(out).is_file()

    def make(options: Options) -> Made:
        tried.append(options.seed)
        return job(out, options)

    made = retried(make, Options(quiet=True, qc="retry", seed=2, resume=True), out)
    assert tried == [3] and made.frames == COUNT and made.sha256 == "", "the part was taken over"


def test_unknown_words_name_the_nearest() -> None:
    with pytest.raises(VjError, match=r'--qc retri: unknown .did you mean "retry".'):
        Options(qc="retri")
    assert QC == ("off", "warn", "retry", "fail")
    assert rejected_of(Path("x/a.mp4"), Options(qc="retry", seed=3)) == Path("x/a.rejected-3.mp4")


def test_warn_finds_a_seam_that_does_not_close(tmp_path: Path) -> None:
    turning = plasma(50, (192, 108), rate=0.02)  # one turn: closed
    loop = replace(how("warn"), size=(192, 108), loop=True)
    assert write(turning, 50, tmp_path / "a.mp4", loop).faults == ()
    assert write(turning[:33], 33, tmp_path / "b.mp4", loop).faults == ("loop",)
    assert label_of(tmp_path / "a.mp4")["loop"] == "True"

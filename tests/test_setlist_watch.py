import os
import time
from pathlib import Path

import pytest
from show import CATALOG

from vj.setlist.load import load
from vj.setlist.schema import Setlist
from vj.setlist.watch import SetlistWatch

TEXT = '[[scene]]\nname = "{}"\n[[scene.layer]]\nsource = "shader:plasma"\n'


def news(watch: SetlistWatch, timeout_s: float = 5.0) -> tuple[Setlist | None, str]:
    end = time.perf_counter() + timeout_s
    while time.perf_counter() < end:
        setlist, error = watch.poll()
        if setlist is not None or error:
            return setlist, error
        time.sleep(0.01)
    return None, ""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "show.toml").write_text(TEXT.format("one"))
    return tmp_path / "show.toml"


def test_a_save_is_handed_over_once_a_broken_one_is_told_until_it_is_mended(path: Path) -> None:
    watch = SetlistWatch(path, lambda p: load(p, CATALOG), every_s=0.02)
    try:
        assert watch.poll() == (None, "")
        path.write_text(TEXT.format("two"))
        setlist, error = news(watch)
        assert setlist is not None and setlist.scenes[0].name == "two" and error == ""
        assert watch.poll() == (None, "")

        path.write_text(TEXT.format("three").replace("plasma", "plasmo"))
        setlist, error = news(watch)
        assert setlist is None and 'did you mean "shader:plasma"' in error
        assert watch.poll() == (None, error)

        fresh = path.with_suffix(".new")  # as editors save: a new file takes the old one's name
        fresh.write_text(TEXT.format("four"))
        os.replace(fresh, path)
        end = time.perf_counter() + 5.0
        setlist = None
        while setlist is None and time.perf_counter() < end:
            setlist, error = watch.poll()
        assert setlist is not None and setlist.scenes[0].name == "four" and error == ""
    finally:
        watch.close()
        watch.close()


def test_a_file_that_vanishes_is_told(path: Path) -> None:
    watch = SetlistWatch(path, lambda p: load(p, CATALOG), every_s=0.02)
    try:
        path.unlink()
        setlist, error = news(watch)
        assert setlist is None and "cannot be read" in error
    finally:
        watch.close()


def test_a_loader_that_falls_over_does_not_end_the_watching(path: Path) -> None:
    def loader(p: Path) -> Setlist:
        if "bad" in p.read_text():
            raise RuntimeError("fell over")
        return load(p, CATALOG)

    watch = SetlistWatch(path, loader, every_s=0.02)
    try:
        path.write_text("bad")
        assert "fell over" in news(watch)[1]
        path.write_text(TEXT.format("two"))
        end = time.perf_counter() + 5.0
        setlist = None
        while setlist is None and time.perf_counter() < end:
            setlist, _ = watch.poll()
        assert setlist is not None
    finally:
        watch.close()

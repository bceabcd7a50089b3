"""A real window on a virtual screen: it shows the picture, listens to keys and ends when asked."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageGrab
from playing import SMALL, Playing, start, until

from vj.outputs.window import fit

TOOLS = ("Xvfb", "xdotool")


def test_picture_fits_in_its_own_aspect() -> None:
    assert fit((640, 360), (1280, 720)) == (0, 0, 1280, 720)
    assert fit((640, 360), (1000, 720)) == (0, 79, 1000, 562)
    assert fit((360, 640), (1280, 720)) == (437, 0, 405, 720)


@pytest.fixture
def screen() -> Iterator[str]:
    """A virtual screen of our own."""
    gone = [tool for tool in TOOLS if shutil.which(tool) is None]
    assert not gone, f"apt install xvfb xdotool ({', '.join(gone)} missing)"
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "800x600x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as numbers:
        display = f":{numbers.readline().strip()}"
    yield display
    server.terminate()
    server.wait()


def look(display: str) -> np.ndarray:
    return np.asarray(ImageGrab.grab(xdisplay=display).convert("RGB")).astype(int)


def press(display: str, *keys: str) -> None:
    env = {**os.environ, "DISPLAY": display}
    window = subprocess.run(
        ["xdotool", "search", "--name", "test"], env=env, capture_output=True, text=True, check=True
    ).stdout.split()[0]
    subprocess.run(["xdotool", "key", "--window", window, *keys], env=env, check=True)


def shown(screen: str, setlist: Path, folder: Path, tries: int = 2) -> Playing:
    """A show whose picture is on the screen. A window that does not come is tried once more, as an operator would: at
    the end of a long run of tests a virtual screen has failed to show one; what the program said is told."""
    said = []
    for _ in range(tries):
        playing = start(setlist, folder, "--output", "window", "--audio", "demo", "--safe", env={"DISPLAY": screen})
        try:
            until(lambda: look(screen).mean() > 5, 40.0)
            return playing
        except AssertionError:
            playing.process.kill()
            said.append(f"{playing.process.poll()}: {playing.process.communicate()}, {look(screen).mean():.1f}")
    raise AssertionError("\n".join(said))


def test_window_shows_listens_and_ends(screen: str, tmp_path: Path) -> None:
    setlist = tmp_path / "show.toml"
    setlist.write_text(SMALL.replace('source = "audio.kick"', 'source = "audio.silent"'))
    playing = shown(screen, setlist, tmp_path)
    time.sleep(1.0)
    before = look(screen)
    assert before.std() > 10, "a picture, not a plain colour"
    press(screen, "h")
    time.sleep(0.7)
    after = look(screen)
    lit = np.argwhere(before.sum(2) > 30)
    (top, left), (bottom, right) = lit.min(0), lit.max(0)
    corner = (slice(top, (top + bottom) // 3), slice(left, (left + right) // 2))
    assert np.abs(after[corner] - before[corner]).mean() > 15, "the overlay is there"
    press(screen, "h")
    press(screen, "b")
    until(lambda: look(screen).mean() < 2)
    press(screen, "b")
    until(lambda: look(screen).mean() > 5)
    press(screen, "Escape", "Escape")
    report = playing.finish(20.0)
    assert report["stage"]["frames"] > 30

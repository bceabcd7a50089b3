"""Labels of what grows over minutes: shows, renderings, and recordings that were killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from labelled import DREAM, movie, plain
from playing import SMALL, start, until, vj

from vj.labels import promises
from vj.labels.about import About, kind_of
from vj.labels.seal import seal
from vj.labels.show import about_show, together
from vj.labels.verify import INTACT, UNLABELLED, verify
from vj.setlist.catalog import catalog
from vj.setlist.load import load


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VJ_CONFIG", str(tmp_path / "config"))
    return tmp_path / "config"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return path


def show(folder: Path, *sources: str, prompt: str = "") -> About:
    scene = "\n".join(f'[[scene.layer]]\nsource = "{source}"' for source in sources)
    engine = f'[scene.engine]\nprompts = [["{prompt}", 1.0]]\n' if prompt else ""
    path = folder / "show.toml"
    path.write_text(f'[[scene]]\nname = "a"\n{engine}{scene}\n')
    return about_show(load(path, catalog()), "play", 1)


def test_a_show_is_what_is_in_it(tmp_path: Path) -> None:
    photo = plain(tmp_path, "png", "photo")
    assert show(tmp_path, "shader:plasma").kind == "drawn"
    dream = show(tmp_path, "shader:plasma", "neural:house", prompt="blue ink")
    assert dream.kind == "generated" and dream.said["model"] == "house" and "blue ink" not in dream.comment
    mixed = show(tmp_path, "image:photo.png", "shader:plasma")
    assert mixed.kind == "edited" and [path.name for path in mixed.inputs] == [photo.name]
    assert show(tmp_path, "restyle:image:photo.png").kind == "composite"
    assert together(show(tmp_path, "shader:plasma"), [dream]).kind == "generated"
    assert together(mixed, [dream]).kind == "composite"


def test_a_song_beside_shaders_stays_drawn_and_beside_a_dream_is_a_composite(tmp_path: Path) -> None:
    song = tmp_path / "song.wav"
    song.write_bytes(b"RIFF")
    for source, kind in (("shader:plasma", "drawn"), ("neural:house", "composite")):
        show(tmp_path, source)
        about = about_show(load(tmp_path / "show.toml", catalog()), "render", 1, str(song))
        assert about.kind == kind and about.inputs == (song,)


def test_kinds() -> None:
    kinds = [kind_of(model, media) for model in (True, False) for media in (True, False)]
    assert kinds == ["composite", "generated", "edited", "drawn"]


def test_a_recorded_show_is_labelled(home: Path, small: Path, tmp_path: Path) -> None:
    out = tmp_path / "show.mp4"
    start(small, tmp_path, "--seconds", "2", "--audio", "demo", "--safe", "--record", str(out)).finish()
    report = verify(out)
    signed, _, comment, mark = report.layers
    assert (report.verdict, report.trusted, signed.source_type) == (INTACT, True, "algorithmicMedia")
    assert comment.state == "ours" and signed.said["pipeline"] == "play"
    assert mark.state in ("ours", "none") and signed.said["watermark"]
    assert not list((home / "promises").iterdir())


def test_a_rendered_song_is_labelled(home: Path, small: Path, tmp_path: Path) -> None:
    out = tmp_path / "song.mp4"
    done = vj("render", str(small), "demo", "--safe", "--seconds", "1", "-o", str(out))
    assert done.returncode == 0, done.stderr
    assert verify(out, look=False).trusted


def test_a_killed_recording_is_labelled_at_the_next_start(home: Path, small: Path, tmp_path: Path) -> None:
    out = tmp_path / "killed.mp4"
    playing = start(small, tmp_path, "--seconds", "60", "--audio", "demo", "--safe", "--record", str(out))
    until(lambda: out.is_file() and out.stat().st_size > 60_000, 40)
    assert promises.keep() == []  # it is still being written
    assert verify(out, look=False).verdict == UNLABELLED
    os.kill(playing.process.pid, signal.SIGKILL)
    playing.process.communicate(timeout=30)
    done = vj("render", str(small), "demo", "--safe", "--seconds", "0.2", "-o", str(tmp_path / "next.mp4"))
    assert "labelled now" in done.stderr
    report = verify(out, look=False)
    assert report.verdict == INTACT and report.layers[0].said["pipeline"] == "play"
    assert not list((home / "promises").iterdir())
    assert promises.keep() == []


def test_promises_of_files_that_are_gone_and_broken_notes_are_forgotten(home: Path, tmp_path: Path) -> None:
    given = promises.promise(tmp_path / "never.mp4", DREAM)
    assert given.note is not None and given.lock is not None
    assert promises.keep() == [] and given.note.is_file()  # held by this process
    given.lock.close()
    (promises.folder() / "recording-x.json").write_text('{"path": ')
    assert promises.keep() == [] and not list(promises.folder().iterdir())


def test_copies_that_a_killed_process_left_are_removed(home: Path, tmp_path: Path) -> None:
    path = movie(tmp_path / "a [1].mp4")
    (tmp_path / ".a [1].mp4.abc.label").write_text("half")
    given = promises.promise(path, DREAM)
    assert given.lock is not None
    given.lock.close()
    assert promises.keep() == [path]
    assert not list(tmp_path.glob(".a*")) and verify(path, look=False).verdict == INTACT


def test_whenever_it_is_killed_the_file_is_whole(home: Path, tmp_path: Path) -> None:
    path = movie(tmp_path / "film.mp4", 2)
    assert seal(path, DREAM)
    code = (
        "import sys; from pathlib import Path; from vj.labels.seal import seal; from labelled import DREAM\n"
        "print('on', flush=True)\nwhile True: seal(Path(sys.argv[1]), DREAM)"
    )
    for wait in (0.02, 0.05, 0.11, 0.17, 0.26):
        running = subprocess.Popen(
            [sys.executable, "-c", code, str(path)], cwd=Path(__file__).parent, stdout=subprocess.PIPE, text=True
        )
        assert running.stdout is not None and running.stdout.readline()
        time.sleep(wait)
        running.kill()
        running.communicate()
        assert verify(path, look=False).verdict == INTACT


def test_without_room_on_the_disk_the_file_stays_as_it_was(home: Path, tmp_path: Path) -> None:
    path = movie(tmp_path / "film.mp4", 2)
    before = path.read_bytes()
    code = (
        "import resource, sys; from pathlib import Path; from vj.labels.seal import seal; from labelled import DREAM\n"
        "from vj.labels.identity import identity\nidentity()\n"
        "for part in (0.5, 1.01):\n"
        "    room = int(Path(sys.argv[1]).stat().st_size * part)\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))\n"
        "    assert not seal(Path(sys.argv[1]), DREAM)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], cwd=Path(__file__).parent, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0 and done.stderr.count("vj label") == 2, done.stderr
    assert path.read_bytes() == before and [p.name for p in tmp_path.glob("*film*")] == ["film.mp4"]

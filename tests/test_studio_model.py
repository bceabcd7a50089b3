"""The commands that use the house model: clips from words, what a prompt is read as, pools of a setlist."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from PIL import Image

from vj.core.errors import MediaError, VjError
from vj.setlist.catalog import catalog
from vj.setlist.load import load
from vj.setlist.schema import PoolSpec
from vj.studio import crew, pools, runtimes
from vj.studio.entries import taken_frames
from vj.studio.entrykeys import Source, Task, hash_of
from vj.studio.exam import prompts
from vj.studio.hues import share
from vj.studio.jobs.text2video import Dream, text2video
from vj.studio.output import Options
from vj.studio.pools import sources, wanted
from vj.studio.prompt import preview, read
from vj.studio.sheets import contact

TINY = Options(size=(32, 32), fps=10, seconds=0.1, threads=1, quiet=True)
SETLIST = """
[[pool]]
name = "mine"
count = 4
frames = 2
size = [64, 64]
prompts = ["golden spiral"]
families = ["torus"]
media = ["media"]
[[scene]]
name = "a"
[[scene.layer]]
source = "neural:mine"
"""


def vj(*argv: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "import sys; from vj.cli import main; sys.argv[0] = 'vj'; main()", *argv]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "200"})


def test_a_clip_from_words(tmp_path: Path) -> None:
    out = tmp_path / "clip.mp4"
    text2video("golden spiral", out, replace(TINY, seconds=0.5, size=(66, 50)))
    with av.open(str(out)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 5 and frames[0].shape == (50, 66, 3)
    assert frames[0].std() > 1


ODD = (
    "golden spiral " * 800,
    "\U0001f525 \u661f\u7a7a golden",
    "sp\u00efral \u0441\u043f\u0438\u0440\u0430\u043b\u044c 1",
)


@pytest.mark.parametrize("text", ODD, ids=("long", "emoji", "alphabets"))
def test_words_of_all_kinds_make_pictures(text: str, tmp_path: Path) -> None:
    text2video(text, tmp_path / "a.mp4", TINY)
    assert (tmp_path / "a.mp4").stat().st_size > 500


def test_what_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(VjError, match="no words in it -- say what to see"):
        text2video("", tmp_path / "a.mp4", TINY)
    with pytest.raises(VjError, match=r"knows none of its words: zebra \(nearest: \w+, \w+\)"):
        text2video("the zebra", tmp_path / "a.mp4", TINY)
    with pytest.raises(VjError, match="attr sclae: no such attribute -- there are"):
        text2video("spiral", tmp_path / "a.mp4", TINY, Dream(knobs={"sclae": 1.0}))
    with pytest.raises(VjError, match="is not there"):
        text2video("spiral", tmp_path / "nowhere" / "a.mp4", TINY)
    with pytest.raises(VjError, match='no pool "nil"'):
        text2video("spiral", tmp_path / "a.mp4", TINY, Dream(memory="nil"))
    done = vj("text2video", "spiral", "--sampler", "magic", "-o", str(tmp_path / "a.mp4"))
    assert done.returncode == 2 and 'no sampler "magic"' in done.stderr and "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_prompts_are_read_and_shown(tmp_path: Path) -> None:
    done = vj("prompt", "golden tunnel of stone", "--json")
    found = json.loads(done.stdout)
    words = {row["word"]: row for row in found["words"]}
    assert words["golden"]["known"] and not words["stone"]["known"]
    assert len(words["stone"]["nearest"]) == 3
    assert found["attributes"]["family/tunnel"] > 0.5 and found["attributes"]["palette/gold"] > 0.5
    assert read("")["words"] == [] and read("")["attributes"] == {}
    preview("golden tunnel", tmp_path / "p.png")
    assert Image.open(tmp_path / "p.png").size == (4 * 384, 224)


def test_a_setlists_pools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "media").mkdir()
    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 255, (3, 4, 3), np.uint8))  # in fine noise faces are seen
    coarse.resize((120, 80), Image.Resampling.BICUBIC).save(tmp_path / "media" / "photo.png")
    (tmp_path / "show.toml").write_text(SETLIST)
    setlist = load(tmp_path / "show.toml", catalog())
    (spec,) = wanted(setlist)
    assert spec.name == "mine"
    kinds = [source.kind for source in sources(spec, tmp_path)]
    assert kinds == ["text", "world", "media", "text"]
    monkeypatch.setattr(pools, "data_dir", lambda name: tmp_path / name)
    monkeypatch.setattr(pools, "cache_dir", lambda: tmp_path / "cache")
    seen: list[int] = []
    made = pools.make(setlist, spec, seen.append)
    folder = tmp_path / "latent_pools" / "mine"
    assert seen == [0, 1, 2, 3, 4] and made.folder == str(folder) and (made.new, made.kept) == (4, 0)
    from engine.pools.pool import load as load_pool

    pool = load_pool(folder)
    assert [entry.source for entry in pool.entries] == ["text", "world", "photo.png", "text"]
    assert [entry.name for entry in pool.entries] == ["golden-spiral", "torus", "photo", "golden-spiral-2"]
    assert pool.size == (64, 64) and pool.frames == 2
    assert not pool.known[2].any() and pool.known[1].any()
    assert (folder / "sheet.png").is_file() and (folder / "pool.mp4").is_file()
    monkeypatch.setattr(crew, "Hand", lambda *given: pytest.fail("made again"))
    again = pools.make(setlist, spec, seen.append)  # what is there is not made again
    assert (again.new, again.kept, again.sha256) == (0, 4, made.sha256)


def test_pools_that_nobody_described(tmp_path: Path) -> None:
    (tmp_path / "show.toml").write_text(
        '[[pool]]\nname = "alley"\n[[scene]]\nname = "a"\n[[scene.layer]]\nsource = "neural:alley"\n'
        '[scene.engine]\nprompts = [["neon city", 1.0], ["fog", -1.0]]\n'
        '[[scene]]\nname = "b"\n[[scene.layer]]\nsource = "neural:house"\n'
    )
    (spec,) = wanted(load(tmp_path / "show.toml", catalog()))
    assert spec.prompts == ("neon city",) and spec.families == ()


def taken(path: Path) -> Task:
    return Task("media", str(path), 0, 6, (64, 48))


def test_media_become_closed_loops(tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    Image.fromarray(np.tile(np.arange(200, dtype=np.uint8)[None, :, None], (100, 1, 3))).save(picture)
    frames = taken_frames(taken(picture))
    assert frames.shape == (6, 48, 64, 3)
    assert np.array_equal(frames[1], frames[5]) and not np.array_equal(frames[0], frames[3])
    (tmp_path / "b.png").write_bytes(b"no picture")
    with pytest.raises(MediaError, match="not a picture"):
        taken_frames(taken(tmp_path / "b.png"))
    (tmp_path / "c.mp4").write_bytes(b"no video")
    with pytest.raises(MediaError, match="not a video"):
        taken_frames(taken(tmp_path / "c.mp4"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(VjError, match="no images or videos in it"):
        sources(PoolSpec("p", media=("empty",)), tmp_path)
    assert hash_of(Source("world", "torus", 1)) != hash_of(Source("world", "torus", 2))


def test_the_exam_asks_for_every_family_and_sheets_are_labelled() -> None:
    texts, families, palettes = prompts(2)
    assert len(texts) == len(families) == len(palettes) == 2 * len(set(families.tolist()))
    page = contact([np.zeros((40, 60, 3), np.uint8)] * 5, ["a"] * 5, 3)
    assert page.size == (3 * 62 - 2, 2 * 58)


def test_runtimes_are_listed_and_cleared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtimes, "cache_dir", lambda: tmp_path)
    (tmp_path / "compiled").mkdir()
    (tmp_path / "compiled" / "a.pt2").write_bytes(b"x" * 1000)
    (tmp_path / "compiled" / "a.json").write_text('{"error": 0.01}')
    (tmp_path / "winners.json").write_text('{"here": "compiled"}')
    found = runtimes.artefacts()
    assert found["winners"] == {"here": "compiled"}
    assert [(row["runtime"], row["file"], row["error"]) for row in found["artefacts"]] == [("compiled", "a.pt2", 0.01)]
    assert runtimes.clear() == (3, 1000 + 15 + 20)
    with pytest.raises(VjError, match="none that is built"):
        next(runtimes.build("magic", "house", 1, lambda text: None))


def test_a_clip_becomes_an_entry_of_a_pool_also_after_an_interruption(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.pools.pool import load as load_pool
    from vj.studio import poolbook
    from vj.studio.output import Writing, write

    monkeypatch.setattr(poolbook, "data_dir", lambda name: tmp_path / name)
    ramp = [np.full((64, 64, 3), 10 + 8 * n, np.uint8) for n in range(25)]

    def cut():  # type: ignore[no-untyped-def]
        yield from ramp[:15]
        raise KeyboardInterrupt

    options = Options(quiet=True, pool="mine")
    told = Writing((64, 64), 10.0, options, {"pipeline": "ramp", "prompt": "grey"})
    write(ramp, 25, Path(), told)
    with pytest.raises(KeyboardInterrupt):
        write(cut(), 25, tmp_path / "a.mp4", told)
    write(ramp, 25, tmp_path / "a.mp4", replace(told, options=replace(options, resume=True)))
    pool = load_pool(tmp_path / "latent_pools" / "mine")
    assert [entry.caption for entry in pool.entries] == ["grey", "grey"]
    first, second = (torch.stack([pool.frame(i, t) for t in range(pool.frames)]) for i in (0, 1))
    assert float((first - second).abs().mean()) < 0.2 * float((first - first.roll(4, 0)).abs().mean())


def test_the_hue_of_a_picture_is_measured_on_its_pixels() -> None:
    red = np.zeros((8, 8, 3), np.uint8)
    red[..., 0] = 200
    half = red.copy()
    half[:, 4:] = (0, 0, 200)
    assert share(red, 0) == 1.0 and share(red, 350) == 1.0 and share(red, 120) == 0.0
    assert share(half, 0) == pytest.approx(0.5) and share(np.full((8, 8, 3), 90, np.uint8), 0) == 0.0

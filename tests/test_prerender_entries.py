"""Entries under the name of all that they depend on: kept whole, made once, mended, whoever is killed when."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from engine_fixtures import tiny_pool
from PIL import Image

from engine.errors import PoolError
from engine.model import weights
from engine.model.house import load_autoencoder, save_tiny_house
from engine.pools import pool as store
from vj.core.errors import VjError
from vj.setlist.schema import PoolSpec
from vj.studio import crew, entrygate, entrykeys, entrystore, pools
from vj.studio.entries import Maker
from vj.studio.entrykeys import Kit, Source, Task, about, key_of

COUNT = 60
JOB = Path(__file__).parent / "entry_job.py"
TASK = Task("text", "red spiral", 0, 4, (64, 48))


def bench(folder: Path) -> Kit:
    """Toy weights, and a toy memory that they encoded."""
    save_tiny_house(folder / "assets")
    _, sha = load_autoencoder(folder / "assets" / "autoencoder.safetensors", torch.float32)
    store.save(folder / "memory", tiny_pool(sha=sha))
    return Kit(str(folder / "assets"), str(folder / "memory"))


@pytest.fixture
def kit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kit:
    monkeypatch.setenv("VJ_CACHE", str(tmp_path / "cache"))
    return bench(tmp_path)


def started(folder: Path, workers: int) -> subprocess.Popen[str]:
    argv = [sys.executable, str(JOB), str(folder), str(COUNT), str(workers)]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=os.environ)


def finished(job: subprocess.Popen[str]) -> dict[str, object]:
    out, _ = job.communicate(timeout=240)
    assert job.returncode == 0
    found: dict[str, object] = json.loads(out)
    return found


def entries(folder: Path) -> list[Path]:
    return sorted((folder / "cache" / "entries").glob("*/*.safetensors"))


def wait_for(folder: Path, count: int) -> None:
    """Until so many entries are kept."""
    end = time.monotonic() + 120
    while len(entries(folder)) < count:
        assert time.monotonic() < end, "no entries are made"
        time.sleep(0.005)


def check_whole(folder: Path, count: int) -> None:
    """Every entry is there once, whole and valid, and so is the pool."""
    assert len(entries(folder)) == count
    for path in entries(folder):
        entrystore.read(path)
    pool = store.load(folder / "pools" / "toy")
    assert len(pool.entries) == len({entry.name for entry in pool.entries}) == count
    weights.verify(folder / "pools" / "toy" / "pool.safetensors")


def test_a_name_says_all_that_an_entry_depends_on(kit: Kit, tmp_path: Path) -> None:
    here = about(kit)
    key = key_of(TASK, here)
    assert key == key_of(replace(TASK), about(kit)) and len(key) == 64
    others = [replace(TASK, what="blue spiral"), replace(TASK, number=1), replace(TASK, frames=8)]
    others += [replace(TASK, size=(32, 48)), replace(TASK, seed=8), replace(TASK, steps=2), replace(TASK, guidance=2.0)]
    others += [replace(TASK, kind="world", what="torus"), replace(TASK, kind="world", what="ink")]
    keys = {key_of(task, here) for task in others}
    for name, value in (("memory", "x"), ("arithmetic", "x"), ("weights", {"autoencoder": "", "denoiser": "x"})):
        keys.add(key_of(TASK, {**here, name: value}))
    keys.add(key_of(TASK, {**here, "code": {**here["code"], "text": "x"}}))
    assert len(keys | {key}) == len(others) + 5
    media = replace(TASK, kind="media", what=str(tmp_path / "a.png"))
    Image.new("RGB", (8, 8), "red").save(tmp_path / "a.png")
    one = key_of(media, here)
    assert one == key_of(media, {**here, "memory": "x"})  # what it does not depend on does not count
    Image.new("RGB", (8, 8), "blue").save(tmp_path / "a.png")
    assert key_of(media, here) != one
    Image.new("RGB", (8, 8), "red").save(tmp_path / "b.png")
    os.utime(tmp_path / "b.png", (0, 0))
    assert key_of(replace(media, what=str(tmp_path / "b.png")), here) == one  # by its bytes, not its name or time


def test_code_counts(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("one")
    before = entrykeys._code((str(file),))
    file.write_text("two")
    entrykeys._code.cache_clear()
    assert entrykeys._code((str(file),)) != before
    assert all(list(entrykeys.ROOT.glob(pattern)) for patterns in entrykeys.CODE.values() for pattern in patterns)


def test_an_entry_is_the_same_bytes_and_holds_what_it_shows(kit: Kit, tmp_path: Path) -> None:
    whole = Maker(kit).make(TASK)
    assert whole == Maker(kit).make(TASK) != Maker(kit).make(replace(TASK, number=1))
    entrystore.keep(tmp_path / "a" / "e.safetensors", whole)
    kept = entrystore.read(tmp_path / "a" / "e.safetensors")
    assert kept.caption == "red spiral" and kept.source == "text" and len(kept.palette) > 0
    assert kept.tags[0] in ("still", "calm", "moving", "raging")
    assert kept.tensors["latents"].dtype == torch.int8 and kept.tensors["latents"].shape == (4, 4, 4, 4)
    assert kept.tensors["features"].shape == (5,)
    assert kept.picture(3).shape == (48, 64, 3)
    assert list((tmp_path / "a").iterdir()) == [tmp_path / "a" / "e.safetensors"]


def test_damage_of_all_kinds_is_found_and_mended(kit: Kit, tmp_path: Path) -> None:
    spec, said = PoolSpec("toy", count=5, frames=2, size=(64, 48)), list[str]()
    sources = [Source("text", "red spiral", i) for i in range(5)]
    how = pools.How("", 1, tmp_path / "pools", kit, said.append)
    first = pools.made_of(spec, sources, lambda there: None, how)
    assert (first.new, first.kept, first.mended) == (5, 0, 0)
    before = {path: path.read_bytes() for path in entries(tmp_path)}
    cut, empty, flipped, gone, _ = before
    cut.write_bytes(before[cut][:-9])
    empty.write_bytes(b"")
    flipped.write_bytes(before[flipped][:-5] + bytes([before[flipped][-5] ^ 1]) + before[flipped][-4:])
    gone.unlink()
    with pytest.raises(PoolError, match="sha256"):
        entrystore.read(flipped)
    again = pools.made_of(spec, sources, lambda there: None, how)
    assert (again.new, again.kept, again.mended, again.sha256) == (4, 1, 3, first.sha256)
    assert {path: path.read_bytes() for path in entries(tmp_path)} == before
    assert len(said) == 3 and all("it is made again" in line for line in said)


def test_more_entries_make_only_those_and_a_prompt_only_itself(kit: Kit, tmp_path: Path) -> None:
    how = pools.How("", 1, tmp_path / "pools", kit)
    spec = PoolSpec("toy", prompts=("red spiral", "blue spiral"), count=6, frames=2, size=(64, 48))

    def run(spec: PoolSpec) -> tuple[int, int]:
        made = pools.made_of(spec, pools.sources(spec, tmp_path), lambda there: None, how)
        return made.new, made.kept

    assert run(spec) == (6, 0)
    assert run(replace(spec, count=8)) == (2, 6)
    assert run(replace(spec, count=8, prompts=("red spiral", "red"))) == (4, 4)
    assert run(spec) == (0, 6)
    pool = store.load(tmp_path / "pools" / "toy")
    assert [entry.name for entry in pool.entries][:3] == ["red-spiral", "blue-spiral", "red-spiral-2"]


def test_a_pool_that_loses_a_file_gets_it_back(kit: Kit, tmp_path: Path) -> None:
    spec = PoolSpec("toy", count=2, frames=2, size=(64, 48))
    how, sources = pools.How("", 1, tmp_path / "pools", kit), [Source("text", "red", i) for i in range(2)]
    first = pools.made_of(spec, sources, lambda there: None, how)
    path = tmp_path / "pools" / "toy" / "pool.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    assert pools.made_of(spec, sources, lambda there: None, how).sha256 == first.sha256
    assert weights.verify(path) == first.sha256


def test_kill_a_worker_then_the_driver_then_go_on_twice_at_once(kit: Kit, tmp_path: Path) -> None:
    job = started(tmp_path, 2)
    wait_for(tmp_path, 3)
    victim, other = psutil.Process(job.pid).children()
    victim.kill()
    other.kill()
    there = len(entries(tmp_path))
    assert there < COUNT
    wait_for(tmp_path, there + 3)  # others have taken their places
    workers = psutil.Process(job.pid).children()
    job.kill()
    job.wait()
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert not alive, "workers outlive the driver"
    kept = {path: path.stat().st_mtime_ns for path in entries(tmp_path)}
    assert len(kept) < COUNT
    made = [finished(job) for job in [started(tmp_path, 1), started(tmp_path, 1)]]
    assert made[0]["sha256"] == made[1]["sha256"] and int(str(made[0]["kept"])) >= len(kept)
    assert {path: path.stat().st_mtime_ns for path in kept} == kept, "what was there is made again"
    check_whole(tmp_path, COUNT)


def test_writers_of_one_file_never_show_half_of_it(tmp_path: Path) -> None:
    path, seen = tmp_path / "e.safetensors", set[bytes]()
    wholes = [bytes([i]) * 300_000 for i in range(2)]
    entrystore.keep(path, wholes[0])
    threads = [threading.Thread(target=lambda w=w: [entrystore.keep(path, w) for _ in range(20)]) for w in wholes]  # type: ignore[misc]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        seen.add(path.read_bytes())
    assert seen <= set(wholes)
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_made_is_one_line(kit: Kit, tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"no picture")
    jobs = [crew.Job(Task("media", str(tmp_path / "bad.png"), 0, 2, (64, 48)), tmp_path / "x.safetensors")]
    with pytest.raises(VjError, match=r"bad\.png: not a picture"):
        list(crew.work(jobs, kit, 1))
    with pytest.raises(VjError, match="cannot be read"):
        about(Kit(str(tmp_path)))
    with pytest.raises(VjError, match="no such file"):
        pools.sources(PoolSpec("p", media=("nowhere.png",)), tmp_path)


def test_what_the_killed_left_is_swept(tmp_path: Path) -> None:
    (tmp_path / "ab").mkdir()
    old, new = tmp_path / "ab" / "1.part", tmp_path / "ab" / "2.part"
    old.touch()
    new.touch()
    os.utime(old, (1, 1))
    assert entrystore.sweep(tmp_path) == 1 and not old.exists() and new.exists()


def test_media_entries_are_whole_pictures(kit: Kit, tmp_path: Path) -> None:
    Image.fromarray(np.full((96, 128, 3), 200, np.uint8)).save(tmp_path / "a.png")
    whole = Maker(kit).make(Task("media", str(tmp_path / "a.png"), 0, 2, (64, 48)))
    entrystore.keep(tmp_path / "e.safetensors", whole)
    kept = entrystore.read(tmp_path / "e.safetensors")
    assert kept.source == "a.png" and not kept.tensors["known"].any()


def test_an_entry_that_does_not_pass_is_made_again_the_same_everywhere(kit: Kit) -> None:
    again = replace(TASK, retries=2)
    maker, tried = Maker(kit), []
    for number in range(3):
        whole = maker.make(replace(TASK, seed=TASK.seed + number * entrygate.NEXT))
        faults = entrygate.faults_of(entrystore.unpacked(whole), "text")
        tried.append((entrygate.worst(faults), whole))
        if not faults:
            break
    best = max(tried, key=lambda one: one[0])
    whole = maker.make(again)
    assert whole == Maker(kit).make(again)
    kept, expected = entrystore.unpacked(whole), entrystore.unpacked(best[1])
    assert kept.tries == tried.index(best) + 1
    assert torch.equal(kept.tensors["latents"], expected.tensors["latents"])


def test_the_name_says_whether_it_may_be_another_try(kit: Kit, tmp_path: Path) -> None:
    here, again = about(kit), replace(TASK, retries=2)
    keys = {key_of(task, here) for task in (TASK, again, replace(TASK, retries=3))}
    other = {**here, "code": {**here["code"], "qc": "other checks"}}
    assert len(keys | {key_of(again, other)}) == 4 and key_of(TASK, other) in keys
    Image.new("RGB", (8, 8), "red").save(tmp_path / "a.png")
    media = replace(TASK, kind="media", what=str(tmp_path / "a.png"))
    assert key_of(media, here) == key_of(replace(media, retries=2), here), "media are as they are"


def test_black_entries_are_told_or_refused(kit: Kit, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    Image.new("RGB", (64, 48)).save(tmp_path / "night.png")
    said = list[str]()
    spec = PoolSpec("toy", count=2, frames=4, size=(64, 48))
    sources = [Source("media", str(tmp_path / name), 0) for name in ("noise.png", "night.png")]
    # what toy weights show of black is grey: the file of the entry is given black pictures
    pools.made_of(spec, sources, lambda there: None, pools.How("", 1, tmp_path / "pools", kit))
    task = Task("media", sources[1].what, 0, 4, (64, 48))
    _blacken(entrystore.path_of(entrystore.folder_of(), key_of(task, about(kit))))

    def made(qc: str) -> pools.PoolMade:
        how = pools.How("", 1, tmp_path / "pools", kit, said.append, qc, 1)
        return pools.made_of(spec, sources, lambda there: None, how)

    assert made("off").failed == 0 and not said
    warned = made("warn")
    assert (warned.new, warned.failed, warned.retried) == (0, 1, 0)
    assert said == ["qc: night: black 0.00"]
    assert made("retry").new == 0, "media are not made again"
    with pytest.raises(VjError, match=r"1 entry does not pass\n  night: black"):
        made("fail")
    with pytest.raises(VjError, match="did you mean"):
        made("wran")


def _blacken(path: Path) -> None:
    """The entry at `path` with black pictures, whole in every other way."""
    from safetensors import safe_open
    from safetensors.torch import save_file

    with safe_open(path, "pt") as file:
        said = json.loads(file.metadata()["house"])
    tensors = entrystore.read(path).tensors
    black = io.BytesIO()
    Image.new("RGB", (64, 48)).save(black, "JPEG")
    jpeg = black.getvalue()
    tensors["pictures"] = torch.frombuffer(bytearray(jpeg * 4), dtype=torch.uint8).clone()
    tensors["cuts"] = torch.arange(5) * len(jpeg)
    said["sha256"] = weights.digest(tensors)
    save_file(tensors, path, metadata={"house": json.dumps(said)})

"""Entries over a Ray cluster of two cores: a killed worker is replaced, a killed driver is gone on from."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import torch  # noqa: F401  the entries are made with it
from test_prerender_entries import COUNT, JOB, bench, check_whole, entries, wait_for

from vj.core.errors import VjError
from vj.studio import cluster
from vj.studio.entrykeys import Kit, Task

ray = pytest.importorskip("ray", reason="the extra `cluster` is not installed")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A cluster of this machine with two cores, which outlives the drivers that are killed."""
    context = ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error")
    yield str(context.address_info["address"])
    ray.shutdown()


def started(folder: Path, address: str) -> subprocess.Popen[str]:
    argv = [sys.executable, str(JOB), str(folder), str(COUNT), "2", address]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=os.environ)


def actors() -> list[psutil.Process]:
    """The processes of our actors; Ray names them after class and method."""
    return [p for p in psutil.process_iter(["cmdline"]) if (p.info["cmdline"] or [""])[0].startswith("ray::Hand")]


def wait_until_gone(processes: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(processes, timeout=60)
    assert not alive, "actors outlive their driver"


def test_kill_a_worker_then_the_driver_then_go_on(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VJ_CACHE", str(tmp_path / "cache"))
    bench(tmp_path)
    job = started(tmp_path, address)
    wait_for(tmp_path, 3)
    first = actors()
    assert len(first) == 2
    for actor in first:
        actor.kill()
    there = len(entries(tmp_path))
    assert there < COUNT
    wait_for(tmp_path, there + 3)  # Ray has started them again, and their entries are made
    again = actors()
    assert again and not {p.pid for p in again} & {p.pid for p in first}
    job.kill()
    job.wait()
    kept = {path: path.stat().st_mtime_ns for path in entries(tmp_path)}
    assert len(kept) < COUNT
    wait_until_gone(again)
    out, _ = started(tmp_path, address).communicate(timeout=240)
    made = json.loads(out)
    assert (made["new"], made["kept"]) == (COUNT - len(kept), len(kept))
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    check_whole(tmp_path, COUNT)

    local = tmp_path / "local"  # the same entries without a cluster: the same files
    monkeypatch.setenv("VJ_CACHE", str(local / "cache"))
    for name in ("assets", "memory"):
        (local / name).parent.mkdir(exist_ok=True)
        (local / name).symlink_to(tmp_path / name)
    subprocess.run([sys.executable, str(JOB), str(local), "4", "1"], check=True, capture_output=True, env=os.environ)
    for path in entries(local):
        assert path.read_bytes() == (tmp_path / path.relative_to(local)).read_bytes()
    assert len(entries(local)) == 4


def test_an_actor_says_what_it_cannot_make(tmp_path: Path) -> None:
    hand = cluster.Hand({"assets": bench(tmp_path).assets, "memory": str(tmp_path / "memory")})
    (tmp_path / "bad.png").write_bytes(b"no picture")
    error, whole = hand.make(Task("media", str(tmp_path / "bad.png"), 0, 2, (64, 48)))
    assert "bad.png: not a picture" in error and whole == b""
    error, whole = hand.make(Task("text", "red spiral", 0, 2, (64, 48)))
    assert error == "" and len(whole) > 1000


def test_without_ray_or_a_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong, said in (("nonsense", "not an address"), ("127.0.0.1:1", "no cluster answers there")):
        with pytest.raises(VjError, match=said), cluster.joined(wrong, Kit(), 1, print):
            pass
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(VjError, match=r"pip install 'vj\[cluster\]'"), cluster.joined("auto", Kit(), 1, print):
        pass


def test_machines_that_differ_are_refused(tmp_path: Path) -> None:
    class Answer:
        """What `ray.get` gives: an actor of another version."""

        exceptions = ray.exceptions

        @staticmethod
        def get(refs: list[dict[str, object]], timeout: float) -> list[dict[str, object]]:
            return refs

    class Actor:
        def __init__(self, said: dict[str, object]) -> None:
            self.about = self
            self.said = said

        def remote(self) -> dict[str, object]:
            return self.said

    from vj.studio.entrykeys import about

    kit = bench(tmp_path)
    here = about(kit)
    assert cluster._agreed(Answer, [Actor(here), Actor(here)], kit) == here
    with pytest.raises(VjError, match="other weights than this one"):
        cluster._agreed(Answer, [Actor(here), Actor({**here, "weights": {}})], kit)
    with pytest.raises(VjError, match="machines of two kinds"):
        cluster._agreed(Answer, [Actor(here), Actor({**here, "arithmetic": "bfloat16 cuda"})], kit)

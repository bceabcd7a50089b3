"""Pinning threads by name."""

from __future__ import annotations

import os
import sys

import pytest

from vj.render.gl import open_context
from vj.render.threads import spread
from vj.stage import software

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="affinity of threads is Linux's; runs there")


@linux
def test_llvmpipe_threads_get_cores_of_their_own() -> None:
    ctx = open_context()
    if not software(str(ctx.info["GL_RENDERER"])):
        assert spread() == 0, "a GPU has no such threads"
        return
    assert spread() >= 1
    pinned = {}
    for task in os.listdir("/proc/self/task"):
        with open(f"/proc/self/task/{task}/comm") as f:
            name = f.read().strip()
        if name.startswith("llvmpipe-"):
            pinned[name] = os.sched_getaffinity(int(task))
    cores = sorted(os.sched_getaffinity(0))
    for name, where in pinned.items():
        assert where == {cores[int(name.removeprefix("llvmpipe-")) % len(cores)]}


def test_unknown_threads_are_left_alone() -> None:
    before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    assert spread("no-such-thread-") == 0
    if before is not None:
        assert os.sched_getaffinity(0) == before

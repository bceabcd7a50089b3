"""Where software OpenGL's threads run: one per core, so that none waits behind the engine while another is free.

Linux places a thread that wakes for two milliseconds near the one that woke it. Measured on two cores beside a dreaming
engine: 95 % of frames in 29.5 ms instead of 34, 2 late ones of 1350 instead of 11.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

TASKS = Path("/proc/self/task")


def spread(name: str = "llvmpipe-") -> int:
    """Pin this process's threads called `name`0, `name`1 ... to cores of their own; how many were (0 elsewhere)."""
    if not hasattr(os, "sched_setaffinity") or not TASKS.is_dir():
        return 0
    cores = sorted(os.sched_getaffinity(0))
    pinned = 0
    for task in TASKS.iterdir():
        with contextlib.suppress(OSError, ValueError):  # a thread may end while we look
            comm = (task / "comm").read_text().strip()
            if comm.startswith(name):
                os.sched_setaffinity(int(task.name), {cores[int(comm.removeprefix(name)) % len(cores)]})
                pinned += 1
    return pinned

"""Offline work. Every file of vj/studio/jobs is a job of the same name: `from vj.studio import text2video`."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

JOBS = tuple(sorted(p.stem for p in (Path(__file__).parent / "jobs").glob("[a-z]*.py")))


def __getattr__(name: str) -> Any:
    if name in JOBS:
        from vj.studio.gate import retrying

        return retrying(getattr(importlib.import_module(f"vj.studio.jobs.{name}"), name))
    if name in ("Options", "Made"):
        return getattr(importlib.import_module("vj.studio.output"), name)
    raise AttributeError(f"vj.studio has no {name!r}; jobs: {', '.join(JOBS)}")


def __dir__() -> list[str]:
    return [*JOBS, "Made", "Options"]

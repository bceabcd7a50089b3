"""What the machine lacks decides which tests can run; it is said at the top of every run."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

TORCH = find_spec("torch") is not None
HERE = Path(__file__).parent


def _needs_torch(path: Path) -> bool:
    heads = ("import torch", "from torch", "from engine_fixtures")
    return any(line.startswith(heads) for line in path.read_text().splitlines())


collect_ignore = [] if TORCH else [p.name for p in HERE.glob("test_*.py") if _needs_torch(p)]


def pytest_report_header() -> str:
    """Printed above the tests."""
    if TORCH:
        return "engine: torch is here, everything runs"
    return f"engine: no torch here; left to the full environment: {', '.join(collect_ignore)}"


@pytest.fixture(scope="session", autouse=True)
def _own_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test signs as the user, or writes into the user's folder of settings."""
    before = os.environ.get("VJ_CONFIG")
    os.environ["VJ_CONFIG"] = str(tmp_path_factory.mktemp("config"))
    yield
    os.environ.pop("VJ_CONFIG") if before is None else os.environ.update(VJ_CONFIG=before)


@pytest.fixture(scope="module", autouse=True)
def _the_context_of_the_tests() -> None:
    """Tests of the picture share an OpenGL context and draw without making it current; jobs open others."""
    shared = sys.modules.get("gl_help")
    if shared is not None and shared.context.cache_info().currsize:
        shared.context().__enter__()

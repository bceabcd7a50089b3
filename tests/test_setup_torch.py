"""A torch that can be imported: what `make setup` does where PyPI's build lacks its libraries."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CPU, CUDA = "--index-url https://download.pytorch.org/whl/cpu torch==2.13.0", "-q torch==2.13.0"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="make setup is for Linux and macOS; it runs on Linux")


def ran(tmp_path: Path, works: str, card: bool) -> tuple[int, list[str], str]:
    """Exit status, what pip was asked for, what was said. `works`: part of the command that brings a good torch."""
    there = tmp_path / "bin"
    there.mkdir()
    scripts = {
        "python": f'[ -z "{works}" ] || grep -q -e "{works}" "{tmp_path}/asked" 2>/dev/null',
        "pip": f'echo "$*" >> "{tmp_path}/asked"',
    }
    if card:
        scripts["nvidia-smi"] = "exit 0"
    for name, script in scripts.items():
        (there / name).write_text(f"#!/bin/sh\n{script}\n")
        (there / name).chmod(0o755)
    (tmp_path / "lock").write_text("numpy==1\ntorch==2.13.0\n")
    for name in ("sh", "sed", "grep"):
        (there / name).symlink_to(f"/usr/bin/{name}" if Path(f"/usr/bin/{name}").exists() else f"/bin/{name}")
    said = subprocess.run(
        ["sh", str(ROOT / "tools" / "torch.sh"), str(there), str(tmp_path / "lock")],
        env={**os.environ, "PATH": str(there)},
        capture_output=True,
        text=True,
        check=False,
    )
    asked = tmp_path / "asked"
    return said.returncode, asked.read_text().splitlines() if asked.exists() else [], said.stdout + said.stderr


def test_one_that_works_is_left_alone(tmp_path: Path) -> None:
    assert ran(tmp_path, "", False) == (0, [], "")


def test_without_a_card_the_build_for_processors_comes_first(tmp_path: Path) -> None:
    status, asked, said = ran(tmp_path, "whl/cpu", False)
    assert status == 0 and len(asked) == 1 and asked[0].endswith(CPU) and "0.2 GB" in said


def test_with_a_card_the_libraries_are_added(tmp_path: Path) -> None:
    status, asked, said = ran(tmp_path, CUDA, True)
    assert status == 0 and len(asked) == 1 and asked[0].endswith(CUDA) and "2.5 GB" in said


def test_where_the_build_for_processors_cannot_be_had_the_other_is_tried(tmp_path: Path) -> None:
    status, asked, _ = ran(tmp_path, CUDA, False)
    assert status == 0 and len(asked) == 2 and asked[0].endswith(CPU) and asked[1].endswith(CUDA)


def test_when_nothing_helps_it_says_what_does(tmp_path: Path) -> None:
    status, asked, said = ran(tmp_path, "never", False)
    assert status == 1 and len(asked) == 2 and "make setup LOCK=stage" in said and "Traceback" not in said

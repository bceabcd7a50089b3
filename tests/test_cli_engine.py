"""Commands of the engine where the engine is not installed: one line that says what to do."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("argv", (["prompt", "golden spiral"], ["text2video", "golden spiral"], ["eval", "model"]))
def test_what_is_missing_is_one_line(argv: list[str]) -> None:
    code = f"import sys; sys.modules['torch'] = None; from vj.cli import main; sys.argv = ['vj', *{argv!r}]; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "torch is not installed" in done.stderr and "make setup" in done.stderr
    assert "Traceback" not in done.stderr and done.stderr.count("\n") <= 3

"""Native noise is swallowed, Python's own errors are not."""

from __future__ import annotations

import os

import pytest

from vj.core.quiet import quiet


def test_native_writes_vanish_and_come_back(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet():
        os.write(2, b"server not running\n")
    os.write(2, b"heard\n")
    assert capfd.readouterr().err == "heard\n"


def test_exceptions_pass() -> None:
    with pytest.raises(ValueError, match="mine"), quiet():
        raise ValueError("mine")

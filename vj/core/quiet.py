"""Native audio and MIDI libraries write to the terminal while they look for servers; a user need not read that."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Sends what native code writes to standard error to nowhere; exceptions are not touched."""
    os.environ.setdefault("JACK_NO_START_SERVER", "1")
    sys.stderr.flush()
    saved = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)

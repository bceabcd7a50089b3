"""Where the shaders, pools, weights, caches, settings and shared memory live."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
ROOT = PACKAGE.parent
SHIPPED = ("house", "night", "ink")
"""latent pools that come with the program: nobody else may write them"""


def data_dir(name: str) -> Path:
    """`shaders` or `latent_pools`: in the checkout beside `vj/`, or inside an installed wheel."""
    checkout = ROOT / name
    return checkout if checkout.is_dir() else PACKAGE / "data" / name


def cache_dir() -> Path:
    """`$VJ_CACHE`, else the user's cache folder; made on first use."""
    base = os.environ.get("VJ_CACHE")
    if base:
        path = Path(base)
    elif sys.platform == "darwin":
        path = Path.home() / "Library" / "Caches" / "vj"
    else:
        path = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "vj"
    path.mkdir(parents=True, exist_ok=True)
    return path


def config_dir() -> Path:
    """`$VJ_CONFIG`, else the user's folder for settings; not made here."""
    base = os.environ.get("VJ_CONFIG")
    if base:
        return Path(base)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "vj"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "vj"


def shared_dir() -> Path:
    """A fresh folder for memory-mapped slots: in RAM where the system has such a place.

    Folders of processes that are gone are removed on the way.
    """
    ram = Path("/dev/shm")
    base = ram if ram.is_dir() and os.access(ram, os.W_OK) else Path(tempfile.gettempdir())
    for old in base.glob("vj-*-*"):
        pid = old.name.split("-")[1]
        if pid.isdigit() and not _alive(int(pid)):
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"vj-{os.getpid()}-", dir=base))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

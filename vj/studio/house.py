"""The house model for an offline job."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING

from vj.core.errors import VjError
from vj.core.paths import ROOT

if TYPE_CHECKING:
    from engine.model.house import House

ASSETS = ROOT / "engine" / "assets"


def house_of(threads: int = 0) -> House:
    """The house model in the dtype that is quickest here, on `threads` of the processor (0: all).

    Raises VjError where its weights are missing or damaged."""
    import torch

    torch.set_num_threads(threads or int(os.environ.get("OMP_NUM_THREADS", "0")) or os.cpu_count() or 1)
    return _loaded()


@lru_cache(maxsize=1)
def _loaded() -> House:
    from engine.errors import EngineError
    from engine.model.house import load_house
    from engine.runtimes.runtime import best_dtype

    try:
        return load_house(ASSETS, best_dtype())
    except EngineError as error:
        raise VjError(str(error)) from None

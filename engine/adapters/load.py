"""Finds an adapter by the name of its file; what is missing for it is said in one line. No torch at the top."""

from __future__ import annotations

import importlib
import os
from types import ModuleType

from engine.adapters.contracts import AdapterError

EXTRAS = ("diffusers", "transformers", "accelerate", "huggingface_hub", "sentencepiece", "tokenizers", "safetensors")


def adapter(name: str) -> ModuleType:
    """engine/adapters/NAME.py, with the hub switched off. Raises AdapterError where a library is missing."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        return importlib.import_module(f"engine.adapters.{name}")
    except ModuleNotFoundError as error:
        if error.name == f"engine.adapters.{name}":
            raise AdapterError(f'no adapter "{name}"', "see `vj models ls`") from error
        if error.name == "torch":
            raise AdapterError("torch is not installed: open weights need it", "pip install 'vj[engine]'") from error
        if error.name in EXTRAS:
            raise AdapterError(f"{error.name} is not installed: open weights need it", MEND) from error
        raise
    except ImportError as error:  # the library is there, but older than what is asked of it
        line = str(error).split("\n")[0][:120]
        raise AdapterError(f"adapter {name}: {line}", "pip install -U 'vj[models]'") from error


MEND = "pip install 'vj[models]'"

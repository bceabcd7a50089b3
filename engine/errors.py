"""What can go wrong in the generator, in one clear line each."""

from __future__ import annotations


class EngineError(Exception):
    """One clear line for the user; `mend` is the command or the edit that repairs it."""

    def __init__(self, message: str, mend: str = "") -> None:
        super().__init__(f"{message} -- {mend}" if mend else message)
        self.message = message
        self.mend = mend


class PoolError(EngineError):
    """A latent pool that is missing, broken or of another model."""


class WeightsError(EngineError):
    """Weights that are missing, broken or of another shape."""


class RuntimeUnavailable(EngineError):
    """A runtime that cannot run here; the next one on the list is taken."""

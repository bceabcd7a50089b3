"""Keeps the frame rate when a scene is too heavy for the machine: draws it a little smaller until it fits."""

from __future__ import annotations

import math

STEPS = 16
"""sizes are multiples of 1/16 of the full one"""
LEAST = 8 / STEPS
BUDGET = 0.8
"""share of a frame's time that drawing may take"""
PATIENCE_S = 2.0
"""a larger picture must have been affordable for so long"""
SMOOTH = 0.1


class Governor:
    """`scale(key)` before a frame, `spent(...)` after it. A key names what is drawn: scene, or scene and scene.

    Drawing costs time per area; what a transition costs is known beforehand as the sum of its two scenes.
    """

    def __init__(self, fps: float) -> None:
        self._budget_ms = 1000.0 * BUDGET / fps
        self._cost: dict[tuple[str, ...], float] = {}  # ms at full size
        self._scale = 1.0
        self._calm_s = 0.0
        self.least = 1.0
        """the smallest scale so far"""

    def scale(self, key: tuple[str, ...], dt: float) -> float:
        """Side length to draw at, LEAST to 1; dt: time since the last frame (s)."""
        wanted = self._fitting(self._expected(key))
        if wanted < self._scale:
            self._scale, self._calm_s = wanted, 0.0
        elif wanted > self._scale:
            self._calm_s += dt
            if self._calm_s >= PATIENCE_S:
                self._scale, self._calm_s = wanted, 0.0
        else:
            self._calm_s = 0.0
        self.least = min(self.least, self._scale)
        return self._scale

    def spent(self, key: tuple[str, ...], ms: float) -> None:
        """What drawing `key` took at the present scale."""
        full = ms / self._scale**2
        known = self._cost.get(key)
        # one slow frame is somebody else's; a scene that is slow for several is ours
        limited = full if known is None else min(full, 2.0 * known)
        self._cost[key] = limited if known is None else known + SMOOTH * (limited - known)

    def _expected(self, key: tuple[str, ...]) -> float:
        if key in self._cost:
            return self._cost[key]
        parts = [self._cost[(name,)] for name in key if (name,) in self._cost]
        if not parts:
            return 0.0
        return sum(parts) * len(key) / len(parts)  # a scene never seen costs what the others do

    def _fitting(self, cost_ms: float) -> float:
        if cost_ms <= self._budget_ms:
            return 1.0
        steps = math.floor(math.sqrt(self._budget_ms / cost_ms) * STEPS)
        return max(LEAST, steps / STEPS)

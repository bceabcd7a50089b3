"""Keys of the window as events `key:NAME`: 1 when pressed, 0 when released. Their actions: vj.control.actions.KEYS."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from vj.core.types import ControlEvent
from vj.inputs.inbox import Inbox

RELEASE, PRESS, REPEAT = 0, 1, 2
QUIT_S = 1.0
"""Escape pressed twice within this time ends the show; once does nothing, a sleeve can touch it"""

_NAMED = {
    32: "space", 39: "'", 44: ",", 45: "-", 46: ".", 47: "/", 59: ";", 61: "=", 91: "[", 92: "\\", 93: "]", 96: "`",
    256: "escape", 257: "enter", 258: "tab", 259: "backspace", 260: "insert", 261: "delete",
    262: "right", 263: "left", 264: "down", 265: "up", 266: "pageup", 267: "pagedown", 268: "home", 269: "end",
    330: "kp.", 331: "kp/", 332: "kp*", 333: "kp-", 334: "kp+", 335: "enter",
}  # fmt: skip
CODES: Mapping[int, str] = {
    **_NAMED,
    **{code: chr(code).lower() for code in (*range(48, 58), *range(65, 91))},
    **{290 + n: f"f{n + 1}" for n in range(25)},
    **{320 + n: str(n) for n in range(10)},
}
"""GLFW key codes to names. The codes are places on a US keyboard; digits of the number block count as digits."""

_REPEATING = frozenset({"up", "down", "left", "right"})


class Keyboard:
    """Fed by the window: `key` with what GLFW reports, or `callback` given to `glfw.set_key_callback`."""

    errors: tuple[str, ...] = ()

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        self._inbox = Inbox()
        self._escape = -1e9

    def key(self, code: int, action: int, t: float) -> None:
        """One report of GLFW: key code and RELEASE, PRESS or REPEAT, at t (s)."""
        name = CODES.get(code)
        if name is None or (action == REPEAT and name not in _REPEATING):
            return
        self._inbox.put(ControlEvent(t, f"key:{name}", 0.0 if action == RELEASE else 1.0), trigger=True)
        if name == "escape" and action == PRESS:
            if t - self._escape <= QUIT_S:
                self._inbox.put(ControlEvent(t, "key:quit"), trigger=True)
            self._escape = t

    def callback(self, window: Any, key: int, scancode: int, action: int, mods: int) -> None:
        self.key(key, action, self._now())

    def poll(self) -> list[ControlEvent]:
        return self._inbox.poll()

    def close(self) -> None:
        """Nothing to give back."""


def open(now: Callable[[], float] = time.perf_counter) -> Keyboard:
    return Keyboard(now)

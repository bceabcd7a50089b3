"""Between an input's thread and the frame loop: bounded, newest value wins, a struck note is never lost."""

from __future__ import annotations

import threading
from collections import deque

from vj.core.types import ControlEvent

_FADERS = 4096
_TRIGGERS = 65536


class Inbox:
    """`put` from any thread, `poll` from the frame loop; both take microseconds.

    Of a fader only the newest value is kept; triggers (notes, buttons) are all kept, up to 65536 between two polls.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faders: dict[str, ControlEvent] = {}
        self._triggers: deque[ControlEvent] = deque(maxlen=_TRIGGERS)
        self.dropped = 0
        """events refused because 4096 different addresses came between two polls"""

    def put(self, event: ControlEvent, trigger: bool) -> None:
        with self._lock:
            if trigger:
                self._triggers.append(event)
            elif event.address in self._faders or len(self._faders) < _FADERS:
                self._faders[event.address] = event
            else:
                self.dropped += 1

    def poll(self) -> list[ControlEvent]:
        """What came since the last call, oldest first."""
        with self._lock:
            faders, self._faders = self._faders, {}
            triggers, self._triggers = self._triggers, deque(maxlen=_TRIGGERS)
        return sorted((*faders.values(), *triggers), key=lambda event: event.t)

"""What a key, a path or a pad does: events become named actions, which the player and the application carry out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vj.control.router import matches
from vj.core.types import Binding, ControlEvent

ACTIONS: Mapping[str, str] = {
    "scene": "go to scene N (counted from 1)",
    "next": "next scene",
    "previous": "previous scene",
    "pause": "hold the auto-pilot; scenes can still be chosen by hand",
    "blackout": "fade to black, and back",
    "freeze": "hold the picture as it is",
    "panic": "a safe look: the fallback generator, no effects, full brightness",
    "brightness": "master brightness, 0-1",
    "brighter": "master brightness up by 5 %",
    "darker": "master brightness down by 5 %",
    "tap": "tap the tempo",
    "listen": "follow the music's tempo again, after tapping",
    "half": "half the tempo",
    "double": "double the tempo",
    "later": "draw beats 5 ms later",
    "earlier": "draw beats 5 ms earlier",
    "resync": "the bar begins now",
    "fullscreen": "window to full screen, and back",
    "record": "start or stop recording",
    "hud": "show or hide the status lines",
    "quit": "end the show",
}
SWITCHES = ("pause", "blackout", "freeze", "panic", "fullscreen", "record", "hud")
"""actions with two states: a key turns them over, OSC and the desk set them (value 0 or 1) or send `/NAME/toggle`"""

KEYS: Mapping[str, str] = {
    **{str(n): f"scene/{n}" for n in range(1, 10)},
    "n": "next",
    "enter": "next",
    "backspace": "previous",
    "space": "pause/toggle",
    "b": "blackout/toggle",
    "f": "freeze/toggle",
    "p": "panic/toggle",
    "t": "tap",
    "l": "listen",
    "y": "resync",
    "[": "half",
    "]": "double",
    "left": "earlier",
    "right": "later",
    "up": "brighter",
    "down": "darker",
    "f11": "fullscreen/toggle",
    "r": "record/toggle",
    "h": "hud/toggle",
    "quit": "quit",
}
"""Key names (vj.inputs.keyboard) to actions. `quit` is what the keyboard makes of Escape pressed twice."""

_PATH = re.compile(rf"/?(?:vj/)?(?:master/)?({'|'.join(ACTIONS)})(?:/([^/]+))?")
_PROGRAM = re.compile(r"midi:.*/pc/(\d+)")


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do. `argument` is a scene's number or name; `value` what a fader said; `t` when (s)."""

    name: str
    t: float
    value: float = 1.0
    argument: str = ""
    toggle: bool = False

    def switch(self, state: bool) -> bool:
        """The new state of a switch that is in `state`."""
        return not state if self.toggle else self.value >= 0.5


def parse(text: str, t: float, value: float) -> Action | None:
    """`scene/3`, `next`, `blackout`, `blackout/toggle`, `master/brightness`, also with a leading `/` or `/vj/`."""
    found = _PATH.fullmatch(text)
    if not found:
        return None
    name, argument = found[1], found[2] or ""
    if name == "scene" and not argument:
        argument = str(round(value))
    if argument and name != "scene" and not (name in SWITCHES and argument == "toggle"):
        return None
    # a released button sends 0: that sets switches and faders, but must not set off anything else
    if value < 0.5 and (argument or (name not in SWITCHES and name != "brightness")):
        return None
    return Action(name, t, value, "" if argument == "toggle" else argument, argument == "toggle")


def actions(events: Iterable[ControlEvent], binds: Sequence[Binding] = ()) -> list[Action]:
    """The actions in a frame's events, in order: keys, OSC and desk paths, MIDI program changes, `do.` bindings."""
    pads = [b for b in binds if b.target.startswith("do.")]
    out: list[Action] = []
    for event in events:
        for action in (_direct(event), *(_bound(b, event) for b in pads)):
            if action is not None:
                out.append(action)
    return out


def _direct(event: ControlEvent) -> Action | None:
    kind, _, rest = event.address.partition(":")
    if kind == "key":
        text = KEYS.get(rest) if event.value >= 0.5 else None
        return parse(text, event.t, 1.0) if text else None
    if kind in ("osc", "desk"):
        return parse(rest, event.t, event.value)
    program = _PROGRAM.fullmatch(event.address)
    return Action("scene", event.t, 1.0, str(int(program[1]) + 1)) if program else None


def _bound(bind: Binding, event: ControlEvent) -> Action | None:
    if not matches(bind.source, event.address):
        return None
    text = bind.target.removeprefix("do.")
    if text in SWITCHES:
        text += "/toggle"  # a pad is a key: one press on, the next off
    return parse(text, event.t, event.value)

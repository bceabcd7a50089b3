"""MIDI controllers as events `midi:PORT/CHANNEL/cc/48`; plug them in and out as you like."""

from __future__ import annotations

import re
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from vj.core.errors import DeviceError
from vj.core.types import ControlEvent
from vj.inputs.inbox import Inbox

EVERY_S = 0.7
"""between two looks at the list of ports: no MIDI system reports that a plug was pulled"""
_IGNORED = ("midi through", "rtmidi")
_APIS: Mapping[str, str] = {"alsa": "LINUX_ALSA", "jack": "UNIX_JACK", "core": "MACOSX_CORE", "windows": "WINDOWS_MM"}


def decode(message: Sequence[int]) -> tuple[str, float, bool] | None:
    """A MIDI message -> (`CHANNEL/kind/number`, value 0-1, is a trigger); None for what is not used here.

    Channels count from 1. Kinds: note (velocity), cc, pc (value 1), pitch (0.5 is the middle), touch.
    """
    if len(message) < 2:
        return None
    status, channel, a = message[0] & 0xF0, (message[0] & 0x0F) + 1, message[1]
    b = message[2] if len(message) > 2 else 0
    match status:
        case 0x80:
            return f"{channel}/note/{a}", 0.0, True
        case 0x90:
            return f"{channel}/note/{a}", b / 127.0, True
        case 0xA0:
            return f"{channel}/touch/{a}", b / 127.0, False
        case 0xB0:
            return f"{channel}/cc/{a}", b / 127.0, False
        case 0xC0:
            return f"{channel}/pc/{a}", 1.0, True
        case 0xD0:
            return f"{channel}/touch", a / 127.0, False
        case 0xE0:
            bend = a + 128 * b
            return f"{channel}/pitch", bend / 16384.0 if bend <= 8192 else 0.5 + (bend - 8192) / 16382.0, False
    return None


def short_names(ports: Iterable[str], kept: Mapping[str, str] | None = None) -> dict[str, str]:
    """Full port name -> short one: `APC mini:APC mini MIDI 1 20:0` is `apc-mini`; a second one is `apc-mini-2`.

    `kept`: ports that have their names already and keep them.
    """
    kept = kept or {}
    out = {port: kept[port] for port in ports if port in kept}
    for port in ports:
        client = port.split(":")[0]
        base = re.sub(r"[^a-z0-9]+", "-", client.lower()).strip("-") or "midi"
        name, n = base, 2
        while port not in out and name in out.values():
            name, n = f"{base}-{n}", n + 1
        out.setdefault(port, name)
    return out


class Midi:
    """One thread lists the ports, opens what is new and closes what is gone."""

    def __init__(self, rtmidi: ModuleType, api: int, wanted: Sequence[str]) -> None:
        self._rtmidi, self._api, self._wanted = rtmidi, api, [w.lower() for w in wanted]
        self._inbox = Inbox()
        self._open: dict[str, Any] = {}
        self._names: dict[str, str] = {}
        self._problems: dict[str, str] = {}
        self.off = ""
        """why there is no MIDI at all, empty when there is"""
        self._stop, self._looked = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="midi", daemon=True)
        self._thread.start()

    @property
    def ports(self) -> tuple[str, ...]:
        """Short names of the ports that are open now."""
        return tuple(self._names[port] for port in list(self._open))

    @property
    def errors(self) -> tuple[str, ...]:
        return tuple(self._problems.values())

    def poll(self) -> list[ControlEvent]:
        return self._inbox.poll()

    def wait(self, timeout_s: float = 2.0) -> bool:
        """Wait until the ports have been looked at once (`vj devices` wants a full list)."""
        return self._looked.wait(timeout_s)

    def close(self) -> None:
        """Close every port and end the thread; may be called twice."""
        self._stop.set()
        self._thread.join(5.0)

    def _run(self) -> None:
        try:
            lister = self._rtmidi.MidiIn(self._api, "vj list")
        except self._rtmidi.RtMidiError as error:
            self.off = f"MIDI is off: {error}"  # a server that left its traces; no error while nobody asked for it
            if self._wanted:
                self._problems["system"] = self.off
            self._looked.set()
            return
        while not self._stop.is_set():
            self._look(lister)
            self._looked.set()
            self._stop.wait(EVERY_S)
        for port in list(self._open):
            self._shut(port)
        lister.delete()

    def _look(self, lister: Any) -> None:
        try:
            everything = lister.get_ports()
        except (self._rtmidi.RtMidiError, UnicodeDecodeError) as error:
            self._problems["system"] = f"MIDI: the list of ports cannot be read: {error}"
            return
        self._problems.pop("system", None)
        found = _real(everything)
        self._names = {**self._names, **short_names(found, {port: self._names[port] for port in self._open})}
        wanted = [p for p in found if not self._wanted or any(w in p.lower() for w in self._wanted)]
        for port in set(self._open) - set(wanted):
            self._problems[self._names[port]] = f"MIDI: {self._names[port]} was unplugged"
            self._shut(port)
        for port in wanted:
            if port not in self._open:
                self._join(port, everything.index(port))
        for w in self._wanted:
            self._problems.pop(w, None)
            if not any(w in port.lower() for port in found):
                self._problems[w] = f'MIDI: no port is named like "{w}"; there are: {", ".join(found) or "none"}'

    def _join(self, port: str, index: int) -> None:
        device, name = self._rtmidi.MidiIn(self._api, "vj"), self._names[port]
        try:
            device.set_callback(self._hear, name)
            device.open_port(index)
        except self._rtmidi.RtMidiError as error:
            device.delete()
            self._problems[name] = f"MIDI: {name} cannot be opened (does another program have it?): {error}"
            return
        self._problems.pop(name, None)
        self._open[port] = device

    def _shut(self, port: str) -> None:
        device = self._open.pop(port)
        device.cancel_callback()
        device.close_port()
        device.delete()

    def _hear(self, event: tuple[Sequence[int], float], name: str) -> None:
        """Called on rtmidi's own thread."""
        found = decode(event[0])
        if found:
            self._inbox.put(ControlEvent(time.perf_counter(), f"midi:{name}/{found[0]}", found[1]), found[2])


class NoMidi:
    """Stands in when this machine has no MIDI: says why, and never has an event."""

    ports: tuple[str, ...] = ()

    def __init__(self, why: str) -> None:
        self.errors: tuple[str, ...] = (why,)

    def poll(self) -> list[ControlEvent]:
        return []

    def wait(self, timeout_s: float = 2.0) -> bool:
        return True

    def close(self) -> None:
        """Nothing to give back."""


def _system(api: str) -> tuple[ModuleType, int] | str:
    """rtmidi and the number of the MIDI system to use, or why there is none."""
    try:
        import rtmidi
    except ImportError as error:
        return f"MIDI is off: {error} -- make setup"
    if not api and sys.platform.startswith("linux"):
        # asking libasound or libjack for what is not there makes them write to the terminal
        if Path("/dev/snd/seq").exists():
            api = "alsa"
        elif any(Path("/dev/shm").glob("jack*")):
            api = "jack"
        else:
            return "MIDI is off: no ALSA sequencer and no JACK server -- sudo modprobe snd-seq, or start jackd"
    if api and api not in _APIS:
        return f'MIDI is off: got the system "{api}", allowed: {", ".join(_APIS)}'
    return rtmidi, getattr(rtmidi, f"API_{_APIS[api]}") if api else rtmidi.API_UNSPECIFIED


def open(ports: Sequence[str] = (), api: str = "") -> Midi | NoMidi:
    """Listen to all ports, or to those whose names contain one of `ports`. Never raises for what a machine lacks.

    `api` is alsa, jack, core or windows; empty takes what this machine has.
    """
    system = _system(api)
    return NoMidi(system) if isinstance(system, str) else Midi(*system, ports)


def list_ports(api: str = "") -> list[str]:
    """Full names of the controllers that are plugged in now. Raises DeviceError when there is no MIDI."""
    system = _system(api)
    if isinstance(system, str):
        raise DeviceError(system)
    rtmidi, number = system
    try:
        lister = rtmidi.MidiIn(number, "vj list")
    except rtmidi.RtMidiError as error:
        raise DeviceError(f"MIDI is off: {error}") from None
    found = _real(lister.get_ports())
    lister.delete()
    return found


def _real(ports: Iterable[str]) -> list[str]:
    return [port for port in ports if not port.lower().startswith(_IGNORED)]

"""OSC over UDP: `/layer1/opacity 0.5` becomes the event `osc:/layer1/opacity` with value 0.5."""

from __future__ import annotations

import math
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator

from vj.core.errors import DeviceError
from vj.core.types import ControlEvent
from vj.inputs.inbox import Inbox

PORT = 7000
_LIMIT = 1e6
_DATAGRAM = 65535
_ADDRESS = 200


class Osc:
    """One thread reads datagrams; `errors` says what could not be understood, and how much of it there was."""

    def __init__(self, sock: socket.socket, parse: Callable[[bytes], Iterable[tuple[str, list[object]]]]) -> None:
        self._socket, self._parse = sock, parse
        self._inbox = Inbox()
        self._closing = False
        self._error = ""
        self.port: int = sock.getsockname()[1]
        self.received = 0
        """messages understood"""
        self.garbage = 0
        """datagrams that were no OSC and messages that had no number"""
        self._thread = threading.Thread(target=self._run, name="osc", daemon=True)
        self._thread.start()

    @property
    def errors(self) -> tuple[str, ...]:
        garbage = f"OSC port {self.port}: {self.garbage} messages were not understood; last: {self._error}"
        dropped = f"OSC port {self.port}: {self._inbox.dropped} events dropped, more than 4096 addresses at once"
        return (*([garbage] if self.garbage else []), *([dropped] if self._inbox.dropped else []))

    def poll(self) -> list[ControlEvent]:
        return self._inbox.poll()

    def close(self) -> None:
        """End the thread and give the port back; may be called twice."""
        self._closing = True
        self._thread.join(2.0)
        self._socket.close()

    def _run(self) -> None:
        while not self._closing:
            try:
                data, sender = self._socket.recvfrom(_DATAGRAM)
            except TimeoutError:
                continue
            except OSError as error:  # Windows reports an unreachable sender here; the socket itself goes on
                self._error = str(error)
                time.sleep(0.05)
                continue
            self._take(data, f"{sender[0]}:{sender[1]}", time.perf_counter())

    def _take(self, data: bytes, sender: str, t: float) -> None:
        try:
            messages = list(self._parse(data))
        except Exception as error:  # seam: anybody on the network can send anything
            return self._refuse(f"{len(data)} bytes from {sender}: {type(error).__name__}: {error}")
        for address, arguments in messages:
            try:
                event = to_event(address, arguments, t)
            except ValueError as error:
                self._refuse(f"from {sender}: {error}")
                continue
            # both ends of the way are what buttons send: a press must survive a release in the same frame
            self._inbox.put(event, trigger=event.value in (0.0, 1.0))
            self.received += 1

    def _refuse(self, why: str) -> None:
        self.garbage += 1
        self._error = why[:200]


def to_event(address: str, arguments: list[object], t: float) -> ControlEvent:
    """The first number counts (True and False are 1 and 0), clamped to +-1e6; no argument at all is 1.

    A first argument that is text becomes a part of the address: `/scene "tunnel"` is `osc:/scene/tunnel`.
    Raises ValueError for an address or a number that makes no sense.
    """
    if not address.startswith("/") or len(address) > _ADDRESS or not address.isprintable():
        raise ValueError(f"address {address[:40]!r}")
    if arguments and isinstance(arguments[0], str):
        if not arguments[0].isprintable() or len(arguments[0]) > _ADDRESS:
            raise ValueError(f"text {arguments[0][:40]!r}")
        address, arguments = f"{address}/{arguments[0]}", arguments[1:]
    number = next((a for a in arguments if isinstance(a, (bool, int, float))), None)
    if number is None and arguments:
        raise ValueError(f"{address}: no number among its arguments")
    value = 1.0 if number is None else float(number)
    if not math.isfinite(value):
        raise ValueError(f"{address}: {value}")
    return ControlEvent(t, f"osc:{address}", min(max(value, -_LIMIT), _LIMIT))


def open(port: int = PORT, host: str = "0.0.0.0") -> Osc:
    """Listen on a UDP port; 0 takes any free one (`.port` says which).

    Raises DeviceError when the port is taken or python-osc is not installed.
    """
    try:
        from pythonosc.osc_packet import OscPacket
    except ImportError as error:
        raise DeviceError(f"OSC needs python-osc ({error})", "make setup") from None

    def parse(data: bytes) -> Iterator[tuple[str, list[object]]]:
        # bundles come flattened and in order; their time tags are ignored, the picture is drawn now
        return ((m.message.address, list(m.message.params)) for m in OscPacket(data).messages)

    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        mend = f"close the program that has it, or choose another: --osc-port {port + 1 if port < 65535 else 7001}"
        raise DeviceError(f"OSC port {port} on {host} cannot be opened: {error.strerror or error}", mend) from None
    sock.settimeout(0.25)
    return Osc(sock, parse)

"""OSC over a real UDP socket on the loopback interface."""

from __future__ import annotations

import math
import random
import socket
import time
from collections.abc import Iterator

import pytest
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from vj.core.errors import DeviceError
from vj.core.types import ControlEvent
from vj.inputs import osc
from vj.inputs.osc import Osc, to_event


@pytest.fixture
def listener() -> Iterator[Osc]:
    found = osc.open(port=0, host="127.0.0.1")
    yield found
    found.close()


def send(listener: Osc, *datagrams: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for n, datagram in enumerate(datagrams, 1):
            sock.sendto(datagram, ("127.0.0.1", listener.port))
            if n % 50 == 0:
                time.sleep(0.02)  # the kernel's buffer holds a few hundred


def message(address: str, *arguments: object) -> bytes:
    builder = OscMessageBuilder(address)
    for argument in arguments:
        builder.add_arg(argument)  # type: ignore[arg-type]
    return builder.build().dgram


def collect(listener: Osc, count: int, timeout_s: float = 5.0) -> list[ControlEvent]:
    out: list[ControlEvent] = []
    end = time.perf_counter() + timeout_s
    while len(out) < count and time.perf_counter() < end:
        out += listener.poll()
        time.sleep(0.005)
    return out


def until_garbage(listener: Osc, count: int) -> None:
    end = time.perf_counter() + 5.0
    while listener.garbage < count and time.perf_counter() < end:
        time.sleep(0.005)


def test_messages_arrive_with_address_value_and_time(listener: Osc) -> None:
    before = time.perf_counter()
    send(listener, message("/layer1/opacity", 0.25), message("/scene", 3), message("/on", True), message("/bang"))
    events = collect(listener, 4)
    assert {(e.address, e.value) for e in events} == {
        ("osc:/layer1/opacity", 0.25),
        ("osc:/scene", 3.0),
        ("osc:/on", 1.0),
        ("osc:/bang", 1.0),
    }
    assert all(before <= e.t <= time.perf_counter() for e in events)
    assert listener.errors == ()


def test_bundles_come_flattened_and_in_order(listener: Osc) -> None:
    inner, outer = OscBundleBuilder(IMMEDIATELY), OscBundleBuilder(time.time() + 60.0)  # a time tag in the future
    for n in range(3):
        builder = OscMessageBuilder(f"/pad/{n}")
        builder.add_arg(1.0)
        inner.add_content(builder.build())
    outer.add_content(inner.build())
    send(listener, outer.build().dgram)
    assert [e.address for e in collect(listener, 3)] == ["osc:/pad/0", "osc:/pad/1", "osc:/pad/2"]


def test_of_a_moved_fader_only_the_newest_value_is_kept_but_every_press(listener: Osc) -> None:
    send(listener, *[message("/fader", n / 1000.0) for n in range(1, 400)])
    send(listener, *[message("/button", value) for value in (1.0, 0.0, 1.0, 0.0)])
    end = time.perf_counter() + 5.0
    while listener.received < 403 and time.perf_counter() < end:
        time.sleep(0.005)
    events = listener.poll()
    assert [e.value for e in events if e.address == "osc:/fader"] == [pytest.approx(0.399)]
    assert [e.value for e in events if e.address == "osc:/button"] == [1.0, 0.0, 1.0, 0.0]


def test_garbage_is_counted_and_reported_and_the_next_message_still_arrives(listener: Osc) -> None:
    rng = random.Random(1)
    junk = [
        b"",
        b"\0",
        b"hello",
        b"/half",
        b"#bundle\0" + b"\xff" * 20,
        message("/nan", math.nan),
        message("/t", b"blob"),
    ]
    junk += [rng.randbytes(rng.randrange(1, 400)) for _ in range(200)]
    whole = message("/x", 0.5, 7, "text")
    junk += [whole[:n] for n in range(1, 12)]
    send(listener, *junk)
    until_garbage(listener, 60)
    listener.poll()
    send(listener, message("/after", 0.75))
    events = collect(listener, 1)
    assert ("osc:/after", 0.75) in [(e.address, e.value) for e in events]
    assert listener.garbage >= 60
    assert f"port {listener.port}" in listener.errors[0] and "not understood" in listener.errors[0]


def test_a_deep_nest_of_bundles_does_not_end_the_thread(listener: Osc) -> None:
    nest = message("/x", 1.0)
    for _ in range(2000):
        nest = b"#bundle\0" + bytes(7) + b"\1" + len(nest).to_bytes(4, "big") + nest
    send(listener, nest)
    send(listener, message("/after", 0.5))
    assert any(e.address == "osc:/after" for e in collect(listener, 1))


def test_a_port_that_is_taken_is_named_with_what_mends_it(listener: Osc) -> None:
    with pytest.raises(DeviceError, match=f"OSC port {listener.port} .*--osc-port {listener.port + 1}"):
        osc.open(listener.port, "127.0.0.1")


def test_closing_gives_the_port_back() -> None:
    first = osc.open(0, "127.0.0.1")
    first.close()
    first.close()
    second = osc.open(first.port, "127.0.0.1")
    assert second.port == first.port
    second.close()


def test_values_are_clamped_and_text_becomes_a_part_of_the_address() -> None:
    assert to_event("/a", [1e30], 0.0).value == 1e6
    assert to_event("/a", [False], 0.0).value == 0.0
    assert to_event("/scene", ["tunnel"], 0.0) == ControlEvent(0.0, "osc:/scene/tunnel", 1.0)
    for address, arguments in (("a", [1]), ("/" + "x" * 300, [1]), ("/a\n", [1]), ("/a", [math.inf]), ("/a", [None])):
        with pytest.raises(ValueError):
            to_event(address, list(arguments), 0.0)


def test_ten_thousand_addresses_between_two_frames_are_bounded(listener: Osc) -> None:
    for n in range(10_000):
        listener._take(message(f"/{n}", 0.5), "test", float(n))
    assert len(listener.poll()) <= 4096
    assert "events dropped" in listener.errors[0]

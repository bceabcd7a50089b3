"""MIDI through JACK's dummy driver: a real server, real ports, rtmidi on both sides."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import mido
import pytest

from vj.core.types import ControlEvent
from vj.inputs import midi
from vj.inputs.inbox import Inbox
from vj.inputs.midi import Midi, NoMidi, decode, short_names

BACKEND = "mido.backends.rtmidi/UNIX_JACK"


@pytest.fixture(scope="module")
def jack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A JACK server with the dummy driver, on a name of its own so that no other server is disturbed."""
    if shutil.which("jackd") is None:
        pytest.fail("jackd is missing, MIDI cannot be tested -- sudo apt-get install jackd2")
    name = f"vjtest{os.getpid()}"
    before = os.environ.get("JACK_DEFAULT_SERVER")
    os.environ["JACK_DEFAULT_SERVER"] = name
    log = Path(tmp_path_factory.mktemp("jack")) / "jackd.log"
    command = ["jackd", "--no-realtime", "--name", name, "-d", "dummy", "-r", "48000", "-p", "256"]
    with log.open("w") as out:
        server = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
    try:
        end = time.perf_counter() + 10.0
        while "starting" not in log.read_text() or not any(Path("/dev/shm").glob(f"jack*{name}*")):
            if server.poll() is not None or time.perf_counter() > end:
                pytest.fail(f"jackd did not start:\n{log.read_text()}")
            time.sleep(0.05)
        yield
    finally:
        server.terminate()
        server.wait(10.0)
        if before is None:
            os.environ.pop("JACK_DEFAULT_SERVER", None)
        else:
            os.environ["JACK_DEFAULT_SERVER"] = before


def controller(name: str) -> mido.ports.BaseOutput:
    return mido.Backend(BACKEND).open_output(name, virtual=True, client_name=name)


def until(met: Callable[[], bool], timeout_s: float = 8.0) -> bool:
    end = time.perf_counter() + timeout_s
    while not met() and time.perf_counter() < end:
        time.sleep(0.02)
    return met()


def joined(inputs: Midi | NoMidi, device: mido.ports.BaseOutput) -> bool:
    """JACK lets what is sent within a cycle or two of the connection get lost: knock until somebody opens."""

    def knock() -> bool:
        device.send(mido.Message("control_change", control=119, value=1))
        time.sleep(0.05)
        return bool(inputs.poll())

    heard = until(knock)
    time.sleep(0.1)
    inputs.poll()
    return heard


def collect(inputs: Midi | NoMidi, count: int, timeout_s: float = 5.0) -> list[ControlEvent]:
    out: list[ControlEvent] = []
    until(lambda: bool(out.extend(inputs.poll()) or len(out) >= count), timeout_s)
    return out


@pytest.mark.usefixtures("jack")
def test_a_controller_is_heard_unplugged_and_heard_again() -> None:
    inputs = midi.open(api="jack")
    try:
        device = controller("APC mini")
        assert until(lambda: inputs.ports == ("apc-mini",)), (inputs.ports, inputs.errors)
        assert joined(inputs, device)
        device.send(mido.Message("control_change", channel=0, control=48, value=127))
        device.send(mido.Message("note_on", channel=2, note=36, velocity=64))
        device.send(mido.Message("note_off", channel=2, note=36))
        device.send(mido.Message("program_change", channel=0, program=4))
        events = collect(inputs, 4)
        assert {(e.address, round(e.value, 3)) for e in events} == {
            ("midi:apc-mini/1/cc/48", 1.0),
            ("midi:apc-mini/3/note/36", 0.504),
            ("midi:apc-mini/3/note/36", 0.0),
            ("midi:apc-mini/1/pc/4", 1.0),
        }
        notes = [e.value for e in events if "note" in e.address]
        assert notes[0] > notes[1]  # pressed, then released

        device.close()
        assert until(lambda: inputs.ports == ())
        assert inputs.errors == ("MIDI: apc-mini was unplugged",)
        device = controller("APC mini")
        assert until(lambda: inputs.ports == ("apc-mini",))
        assert inputs.errors == ()
        assert joined(inputs, device)
        device.send(mido.Message("control_change", channel=0, control=1, value=0))
        assert [e.address for e in collect(inputs, 1)] == ["midi:apc-mini/1/cc/1"]
        assert "APC mini" in midi.list_ports("jack")[0]
        device.close()
    finally:
        inputs.close()
        inputs.close()


@pytest.mark.usefixtures("jack")
def test_only_the_ports_that_are_named_are_opened_and_a_missing_one_is_told() -> None:
    one, two = controller("Keys"), controller("Pads")
    inputs = midi.open(["pads", "nano"], api="jack")
    try:
        assert inputs.wait(5.0)
        assert until(lambda: inputs.ports == ("pads",))
        assert any('"nano"' in line and "Keys" in line for line in inputs.errors)
    finally:
        inputs.close()
        one.close()
        two.close()


def test_no_midi_system_is_told_not_raised() -> None:
    inputs = midi.open(api="nonsense")
    assert isinstance(inputs, NoMidi)
    assert inputs.poll() == [] and inputs.wait()
    assert "nonsense" in inputs.errors[0] and "jack" in inputs.errors[0]
    inputs.close()


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ([0xB0, 48, 127], ("1/cc/48", 1.0, False)),
        ([0x9F, 60, 0], ("16/note/60", 0.0, True)),
        ([0x80, 60, 99], ("1/note/60", 0.0, True)),
        ([0xC3, 7], ("4/pc/7", 1.0, True)),
        ([0xE0, 0, 64], ("1/pitch", 0.5, False)),
        ([0xE0, 127, 127], ("1/pitch", 1.0, False)),
        ([0xE0, 0, 0], ("1/pitch", 0.0, False)),
        ([0xF8], None),
        ([0xF0, 1, 2], None),
        ([0xB0], None),
    ],
)
def test_messages(message: list[int], expected: tuple[str, float, bool] | None) -> None:
    assert decode(message) == expected


def test_short_names_are_plain_and_stay_with_their_ports() -> None:
    first = "APC mini:APC mini MIDI 1 20:0"
    second = "APC mini:APC mini MIDI 1 24:0"
    names = short_names([first, second, "nanoKONTROL2:x"])
    assert list(names.values()) == ["apc-mini", "apc-mini-2", "nanokontrol2"]
    assert short_names([second], {second: "apc-mini-2"}) == {second: "apc-mini-2"}
    assert short_names([second, first], {second: "apc-mini-2"})[first] == "apc-mini"


def test_faders_keep_the_newest_value_notes_are_all_kept() -> None:
    inbox = Inbox()
    for n in range(10_000):
        inbox.put(ControlEvent(float(n), "midi:x/1/cc/1", n / 10_000), trigger=False)
    for n in range(500):
        inbox.put(ControlEvent(20_000.0 + n, "midi:x/1/note/1", n % 2), trigger=True)
    events = inbox.poll()
    assert len(events) == 501
    assert events[0].value == 0.9999
    assert inbox.poll() == []

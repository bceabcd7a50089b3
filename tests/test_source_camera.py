"""Live cameras: addresses, the newest picture wins, unplugging, consent. Over the network: no hardware is needed."""

from __future__ import annotations

import http.server
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from gl_help import SIZE, context, moment
from mjpeg import NetworkCamera, flat, jpeg
from playing import movie, start, until, vj

from vj.core.errors import DeviceError, SetlistError, VjError, discreet
from vj.core.types import FrameSource, Value
from vj.engine_link import Dream
from vj.files import camera as files
from vj.files import capture
from vj.files.capture import Cameras, Capture
from vj.render.gl import Pixels, Target
from vj.render.hud import Hud, HudState
from vj.render.store import ShaderStore
from vj.setlist.catalog import catalog
from vj.setlist.load import load
from vj.sources.context import SourceContext
from vj.sources.load import open_source
from vj.stage import Stage, StageOptions

CONSENT = "the band, to be shown live, 2025-06-01"
RED, BLUE, GREEN = (220, 30, 20), (20, 30, 220), (30, 200, 40)


@pytest.fixture
def sender() -> Iterator[NetworkCamera]:
    made = NetworkCamera(flat(RED))
    yield made
    made.unplug()


@pytest.fixture
def cameras() -> Iterator[Cameras]:
    made = Cameras()
    yield made
    made.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a test of what takes seconds does not."""
    monkeypatch.setattr(capture, "RETRY_S", 0.2)
    monkeypatch.setattr(capture, "HOLD_S", 0.6)


def layer(cameras: Cameras, address: str, folder: Path) -> FrameSource:
    cameras.allow(CONSENT, {*cameras._captures, address})
    stage = SourceContext(context(), ShaderStore(context(), folder), folder, cameras=cameras)
    return open_source(f"camera:{address}", stage)


def drawn(source: FrameSource, **params: Value) -> Pixels | None:
    target = Target(context(), SIZE)
    return target.pixels() if source.draw(target, moment(), params) else None


def shows(source: FrameSource, colour: tuple[int, int, int], **params: Value) -> Callable[[], bool]:
    """True when the layer is of this colour everywhere, but for what JPEG does to it."""

    def look() -> bool:
        pixels = drawn(source, **params)
        return pixels is not None and int(np.abs(pixels.astype(int) - colour).max()) <= 6

    return look


def numbered(gap_s: float, count: int, cost_s: float = 0.0) -> Callable[[str], Iterator[files.Shot]]:
    """A camera whose pictures say which they are; after the last it waits for ever."""

    def shot(n: int) -> Pixels:
        time.sleep(cost_s)
        return np.full((2, 2, 3), n, np.uint8)

    def pictures(address: str) -> Iterator[files.Shot]:
        for n in range(1, count + 1):
            time.sleep(gap_s)
            yield partial(shot, n)
        threading.Event().wait(20.0)

    return pictures


# -- addresses


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("camera:0", "0"),
        ("camera:", "0"),
        ("camera:Logi Tech", "Logi Tech"),
        ("restyle:camera:rtsp://h/x", "rtsp://h/x"),
        ("restyle:shader:waves", None),
        ("video:camera", None),
    ],
)
def test_the_camera_of_a_source(source: str, address: str | None) -> None:
    assert files.address_in(source) == address


def test_addresses_are_told_without_their_secrets() -> None:
    told = discreet("camera:rtsp://me:se@c/ret@10.0.0.2:554/live?key=abc: gone? yes")
    assert told == "camera:rtsp://10.0.0.2:554/live gone? yes"
    assert discreet("camera:0: no such thing?") == "camera:0: no such thing?"


def test_devices_by_number_path_and_part_of_a_name(tmp_path: Path) -> None:
    for node, index, name in ((0, 0, "Größe Cam"), (1, 1, "Größe Cam"), (10, 0, "Logitech C920"), (2, 0, "Capture")):
        folder = tmp_path / f"video{node}"
        folder.mkdir()
        (folder / "index").write_text(f"{index}\n")
        (folder / "name").write_text(f"{name}\n", encoding="utf-8")
    found = [device.label for device in files.devices(tmp_path)]
    assert found == ["0: Größe Cam", "2: Capture", "10: Logitech C920"]  # video1 holds metadata, no picture
    assert files.number_of("logitech", tmp_path) == 10
    assert files.number_of("/dev/video7", tmp_path) == 7 and files.number_of("3", tmp_path) == 3
    with pytest.raises(DeviceError, match=r'did you mean "Logitech C920".*0: Größe Cam, 2: Capture'):
        files.number_of("Logitec C290", tmp_path)
    assert files.devices(tmp_path / "nowhere") == []


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("file:///etc/passwd", "cannot be at.*file"),
        ("clips/cat.mp4", r"not a camera.*video:FILE"),
        ("/dev/sda1", "not a camera"),
        ("/dev/video0/../../etc", "not a camera"),
    ],
)
def test_what_can_never_be_a_camera_is_refused(address: str, words: str) -> None:
    with pytest.raises(DeviceError, match=words):
        files.check(address)


def test_a_missing_package_is_told_with_the_command_that_mends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    files.check("http://127.0.0.1/video")
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(DeviceError, match=r"cv2.*pip install opencv-python-headless"):
        files.check("0")
    files.check("http://127.0.0.1/video")  # this one needs PyAV only


@pytest.mark.skipif(Path("/dev/video0").exists() or sys.platform != "linux", reason="there is a camera here")
def test_a_camera_that_is_not_there_says_so_and_is_tried_again(quick: None) -> None:
    pytest.importorskip("cv2")
    watched = Capture("0")
    error = until(lambda: watched.state.error)
    assert "there is no /dev/video0; cameras: none" in error and "trying again" in error
    assert watched.newest() is None and not watched.state.on
    watched.stop()


def test_opencv_that_cannot_open_a_camera_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("cv2")
    from vj.files import webcam

    with pytest.raises(DeviceError, match="cannot be opened"):
        next(webcam.pictures(199))
    assert capfd.readouterr().err == ""


# -- which picture


def test_the_newest_of_pictures_that_waited_is_shown_and_few_are_made() -> None:
    watched = Capture("x", numbered(0.0, 100, cost_s=0.01))
    until(lambda: watched.newest() is not None and watched.state.pictures + watched.state.passed == 100)
    newest = watched.newest()
    assert newest is not None and newest.pixels.max() > 100 - capture.SKIP - 1
    assert watched.state.passed >= 40  # at least every other one was not even decoded
    watched.stop()


def test_no_picture_of_one_that_comes_in_its_time_is_left_out() -> None:
    watched = Capture("x", numbered(0.02, 20))
    until(lambda: watched.newest() is not None and watched.state.pictures == 20)
    assert watched.state.passed == 0
    watched.stop()


def test_a_camera_that_nobody_looks_at_hardly_works() -> None:
    begin = time.perf_counter()
    watched = Capture("x", numbered(0.01, 80))
    until(lambda: watched.state.pictures + watched.state.passed == 80)
    assert 1 <= watched.state.pictures <= (time.perf_counter() - begin) / capture.IDLE_S + 1
    watched.stop()


def test_large_pictures_are_made_smaller_and_odd_ones_are_left_alone() -> None:
    assert files.bounded(4096, 2160) == (1920, 1012) and files.bounded(321, 179) == (321, 179)
    assert files.bounded(1080, 4000) == (518, 1920) and files.bounded(8000, 2) == (1920, 2)
    pictures = files.opened("lavfi:color=c=red:size=3840x2160:rate=10")
    made = next(pictures)()
    assert made is not None and made.shape == (1080, 1920, 3)
    assert np.abs(made[::90, ::90].astype(int) - (254, 0, 0)).max() <= 3
    pictures.close()  # type: ignore[attr-defined]


# -- over the network


def test_what_is_sent_is_shown_and_changes_with_it(sender: NetworkCamera, cameras: Cameras, tmp_path: Path) -> None:
    source = layer(cameras, sender.address, tmp_path)
    until(shows(source, RED))
    sender.picture = flat(BLUE, (101, 57))
    until(shows(source, BLUE))
    (state,) = cameras.states
    assert state.on and state.size == (101, 57) and state.error == ""
    assert state.name == f"camera:http://127.0.0.1:{sender._port}/video"
    source.close()
    source.close()


def test_two_layers_share_a_camera_and_mirror_it_on_their_own(
    sender: NetworkCamera, cameras: Cameras, tmp_path: Path
) -> None:
    halves = np.full((48, 64, 3), RED, np.uint8)
    halves[:, 32:] = BLUE
    sender.picture = jpeg(halves)
    one, other = layer(cameras, sender.address, tmp_path), layer(cameras, sender.address, tmp_path)
    until(lambda: drawn(one) is not None)
    plain, mirrored = drawn(one), drawn(other, mirror=True)
    assert plain is not None and mirrored is not None
    assert plain[9, 3, 0] > 200 > 60 > plain[9, 3, 2] and plain[9, -3, 2] > 200
    assert np.abs(plain[:, ::-1].astype(int) - mirrored).max() <= 2
    assert sender.connections == 1


def test_an_unplugged_camera_holds_shortly_then_gives_way_and_comes_back(
    sender: NetworkCamera, cameras: Cameras, tmp_path: Path, quick: None
) -> None:
    source = layer(cameras, sender.address, tmp_path)
    until(shows(source, RED))
    sender.unplug()
    until(lambda: cameras.states[0].error)
    assert shows(source, RED)(), "the last picture stands in for a moment"
    until(lambda: drawn(source) is None)
    assert not cameras.states[0].on and "trying again every 0.2 s" in cameras.states[0].error
    assert "secret" not in cameras.states[0].error and "hidden" not in cameras.states[0].error
    sender.picture = flat(GREEN)
    sender.plug_in()
    until(shows(source, GREEN))
    assert cameras.states[0].on and cameras.states[0].error == ""


def test_pictures_that_stop_without_a_word_are_not_shown_as_live(quick: None) -> None:
    watched = Capture("x", numbered(0.01, 5))
    until(lambda: watched.newest() is not None)
    until(lambda: watched.newest() is None)
    assert not watched.state.on and "have stopped" in watched.state.error
    watched.stop()


def test_of_a_slow_camera_the_last_picture_stands_until_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "HOLD_S", 0.05)
    monkeypatch.setattr(capture, "IDLE_S", 0.0)
    watched = Capture("x", numbered(0.4, 4))
    until(lambda: watched.state.pictures == 2)
    while watched.state.pictures < 4:
        assert watched.newest() is not None
        time.sleep(0.01)
    watched.stop()


def test_one_that_answers_nothing_keeps_nobody_waiting(cameras: Cameras, tmp_path: Path) -> None:
    silent = NetworkCamera(flat(RED))
    silent.silent = True
    source = layer(cameras, silent.address, tmp_path)
    until(lambda: silent.connections)
    assert drawn(source) is None and not cameras.states[0].on
    silent.silent = False
    until(shows(source, RED))
    silent.unplug()


def test_a_broken_picture_is_passed_over(sender: NetworkCamera, cameras: Cameras, tmp_path: Path) -> None:
    source = layer(cameras, sender.address, tmp_path)
    until(shows(source, RED))
    sender.extra = b"\xff\xd8" + b"no picture" * 40
    until(lambda: not sender.extra)
    sender.picture = flat(BLUE)
    until(shows(source, BLUE))
    assert sender.connections == 1


def test_a_file_and_a_page_on_a_server_are_no_cameras(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "clip.mp4"), "w") as out:
        stream = out.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(10):
            out.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        out.mux(stream.encode(None))
    (tmp_path / "page.html").write_text("<html>no picture</html>" * 100)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            """Nothing: the tests' output is read."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    for name, words in (("clip.mp4", "a file, not a camera.*video:FILE"), ("page.html", "."), ("none", ".")):
        with pytest.raises(DeviceError, match=words):
            next(files.opened(f"http://127.0.0.1:{server.server_port}/{name}"))
    server.shutdown()
    server.server_close()


def test_h264_that_somebody_streams(cameras: Cameras, tmp_path: Path) -> None:
    """Where pictures stand on those before them, all are decoded; what is in the middle of a group is waited out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        address = f"udp://127.0.0.1:{free.getsockname()[1]}"
    over = threading.Event()

    def send() -> None:
        with av.open(f"{address}?pkt_size=1316", "w", format="mpegts") as out:
            stream = out.add_stream("libx264", rate=25, options={"tune": "zerolatency", "g": "10"})
            stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
            while not over.wait(0.03):
                frame = av.VideoFrame.from_ndarray(np.full((180, 320, 3), GREEN, np.uint8), format="rgb24")
                out.mux(stream.encode(frame))

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    source = layer(cameras, address, tmp_path)
    until(shows(source, GREEN))
    assert cameras.states[0].size == (320, 180)
    over.set()
    sender.join()


def test_dreamed_over(sender: NetworkCamera, cameras: Cameras, tmp_path: Path) -> None:
    seen: list[Pixels] = []

    class Engine:
        def show(self, picture: Pixels) -> None:
            seen.append(picture)

        def dream_at(self, t: float, pool: str) -> Dream | None:
            return None

    cameras.allow(CONSENT, {sender.address})
    store = ShaderStore(context(), tmp_path)
    stage = SourceContext(context(), store, tmp_path, engine=Engine(), cameras=cameras)
    source = open_source(f"restyle:camera:{sender.address}", stage)
    until(shows(source, RED))
    assert np.abs(seen[-1].astype(int) - RED).max() <= 6
    source.close()


# -- consent and the setlist


def test_no_consent_no_camera(sender: NetworkCamera, cameras: Cameras, tmp_path: Path) -> None:
    store = ShaderStore(context(), tmp_path)
    for allowed in (None, cameras):
        with pytest.raises(VjError, match=r"needs \[show\] consent") as told:
            open_source(f"camera:{sender.address}", SourceContext(context(), store, tmp_path, cameras=allowed))
        assert "secret" not in str(told.value)
    cameras.allow("  ", {sender.address})
    assert cameras.states == () and sender.connections == 0


def test_a_setlist_without_it_ends_a_camera_and_with_it_starts_it_anew(
    sender: NetworkCamera, cameras: Cameras, tmp_path: Path
) -> None:
    source = layer(cameras, sender.address, tmp_path)
    until(shows(source, RED))
    before = cameras._captures[sender.address]
    cameras.allow(CONSENT, set())
    assert drawn(source) is None and cameras.states == ()
    until(lambda: not before._thread.is_alive())
    sender.picture = flat(GREEN)
    cameras.allow(CONSENT, {sender.address})
    until(shows(source, GREEN))
    assert sender.connections == 2


def written(folder: Path, address: str, consent: str = CONSENT, more: str = "", kind: str = "camera") -> Path:
    path = folder / "show.toml"
    path.write_text(f"""
[show]
size = [160, 90]
fps = 30
consent = "{consent}"
[[scene]]
name = "live"
[[scene.layer]]
source = "{kind}:{address}"
{more}
""")
    return path


def test_a_setlist_needs_consent_for_a_camera(tmp_path: Path) -> None:
    parts = catalog()
    assert load(written(tmp_path, "0", more="mirror = true\nfit = 1"), parts).show.consent == CONSENT
    for kind in ("camera", "restyle:camera"):
        with pytest.raises(SetlistError, match=r'scene\[0\].layer\[0\].source: got a camera.*consent = "who, what for'):
            load(written(tmp_path, "0", consent=" ", kind=kind), parts)
    with pytest.raises(SetlistError, match=r"mirror: got 3, allowed: true or false"):
        load(written(tmp_path, "0", more="mirror = 3"), parts)
    with pytest.raises(SetlistError, match=r'miror: camera:0 has no such parameter .did you mean "mirror"'):
        load(written(tmp_path, "0", more="miror = true"), parts)


def test_a_camera_has_no_past_to_render(sender: NetworkCamera, tmp_path: Path) -> None:
    setlist = load(written(tmp_path, sender.address), catalog())
    with pytest.raises(VjError, match=r"no past that could be rendered -- record the show while it plays"):
        Stage(setlist, StageOptions((64, 36), offline=True))
    assert sender.connections == 0
    soundfile.write(tmp_path / "song.wav", np.zeros((4800, 2)), 48000)
    wrong = vj(
        "render", str(tmp_path / "show.toml"), str(tmp_path / "song.wav"), "-o", str(tmp_path / "out.mp4"), "--safe"
    )
    assert wrong.returncode != 0 and "no past" in wrong.stderr and "Traceback" not in wrong.stderr
    assert not (tmp_path / "out.mp4").exists() and "secret" not in wrong.stdout + wrong.stderr


def test_check_opens_it_and_one_that_is_not_there_is_no_mistake(sender: NetworkCamera, tmp_path: Path) -> None:
    path = written(tmp_path, sender.address)
    there = vj("check", str(path))
    assert there.returncode == 0 and f"ok camera:http://127.0.0.1:{sender._port}/video: 64x48" in there.stderr
    sender.unplug()
    gone = vj("check", str(path))
    told = gone.stdout + gone.stderr.replace("\n", "")
    assert gone.returncode == 0, told
    assert "-- camera:http" in told and "Connection refused" in told and "secret" not in told


def test_a_show_with_a_camera_says_so_and_shows_it(sender: NetworkCamera, tmp_path: Path) -> None:
    out = tmp_path / "show.mp4"
    shown = start(written(tmp_path, sender.address), tmp_path, "--safe", "--seconds", "6", "--record", str(out))
    until(lambda: sender.pictures > 60)
    sender.unplug()  # what is wrong with it is in the report too
    report = shown.finish()
    told = report["output"].replace("\n", "")
    assert f"camera on: camera:http://127.0.0.1:{sender._port}/video 64x48; consent: {CONSENT}" in told
    assert "secret" not in report["output"] and "secret" not in str(report)
    (state,) = report["cameras"]
    assert state["pictures"] > 10 and state["size"] == [64, 48]
    assert any("trying again" in error for error in report["errors"])
    seen = abs(movie(out).light - np.dot(RED, (0.299, 0.587, 0.114))) < 6
    assert seen.sum() > 30  # before and while it is held; then the fallback


def test_the_operator_sees_that_a_camera_is_on() -> None:
    def amber(draw: Callable[[Hud, Target], None]) -> int:
        target = Target(context(), (640, 360))
        hud = Hud(context())
        draw(hud, target)
        pixels = target.pixels().astype(int)
        hud.release()
        return int(((pixels[..., 0] > 200) & (abs(pixels[..., 1] - 191) < 30) & (pixels[..., 2] < 90)).sum())

    without = amber(lambda hud, target: hud.draw(target.fbo, HudState()))
    assert amber(lambda hud, target: hud.draw(target.fbo, HudState(camera="camera on: camera:0"))) > without + 100
    assert amber(lambda hud, target: hud.notice(target.fbo, f"camera on: camera:0; consent: {CONSENT}")) > 300

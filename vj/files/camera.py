"""Cameras by address: `0`, part of a name, `/dev/video2`, or where a network camera sends.

A back end is a generator that yields, for every picture that arrives, a function that makes it into pixels: what
nobody wants is then not even decoded. Local cameras go through OpenCV (vj/files/webcam.py), all others through PyAV.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from vj.core.errors import DeviceError, nearest

Pixels = NDArray[np.uint8]
"""[H, W, 3] sRGB, top row first, at most MAX_SIDE wide or high"""
Shot = Callable[[], Pixels | None]
"""None: this one picture is broken"""

MAX_SIDE = 1920
TIMEOUT_S = (5.0, 10.0)
"""for the first answer of a network camera, and between two pieces of its stream"""
NETWORK = ("http", "https", "rtsp", "rtsps", "rtmp", "rtmps", "udp", "tcp")
GRABBERS = ("lavfi", "x11grab")
"""what PyAV draws or takes off a screen by itself: `lavfi:testsrc2`, `x11grab::0`"""
QUICK = {"flags": "low_delay", "probesize": "500000", "analyzeduration": "500000", "rtsp_transport": "tcp"}
"""FFmpeg's options for a picture soon; `nobuffer` would throw away the first one, the only one for seconds in H.264"""
CLASS, NODES = Path("/sys/class/video4linux"), Path("/dev")
MEND_CV2 = "pip install opencv-python-headless, or make setup"


@dataclass(frozen=True, slots=True)
class Device:
    """A camera of this machine; `number` as in /dev/videoN."""

    number: int
    name: str

    @property
    def label(self) -> str:
        return f"{self.number}: {self.name}" if self.name else str(self.number)


def address_in(source: str) -> str | None:
    """The camera of a layer's source (`camera:0`, `restyle:camera:0`); None where there is none in it."""
    kind, _, rest = source.partition(":")
    if kind == "restyle":
        return address_in(rest)
    return (rest.strip() or "0") if kind == "camera" else None


def devices(folder: Path = CLASS) -> list[Device]:
    """Cameras that Linux has, by number. A camera's second node has its metadata: index 0 is the picture."""
    found = []
    for node in folder.glob("video[0-9]*"):
        if _line(node / "index") in ("0", ""):
            found.append(Device(int(node.name.removeprefix("video")), _line(node / "name")))
    return sorted(found, key=lambda device: device.number)


def number_of(address: str, folder: Path = CLASS) -> int:
    """The number of a local camera. Raises DeviceError with those that are there."""
    if match := re.fullmatch(r"(?:/dev/video)?(\d{1,3})", address):
        return int(match[1])
    here = devices(folder)
    for device in here:
        if address.lower() in device.name.lower():
            return device.number
    names = ", ".join(device.label for device in here) or "none"
    hint = nearest(address, [device.name for device in here])
    raise DeviceError(f"no camera of that name{hint}; there are: {names}", "plug it in; `vj devices` lists them")


def check(address: str) -> None:
    """Raises DeviceError for what can never become a picture: a wrong address, or a package that is missing."""
    scheme, kind = urlsplit(address).scheme if "://" in address else "", address.partition(":")[0]
    if scheme:
        if scheme not in NETWORK:
            raise DeviceError(f'a camera cannot be at "{scheme}://"', f"one of {', '.join(NETWORK)}")
        return
    if kind in GRABBERS:
        if kind not in av.formats_available:
            raise DeviceError(f"PyAV has no {kind} here", "use a camera or a network address")
        return
    if "/" in address and not re.fullmatch(r"/dev/video\d{1,3}", address):
        raise DeviceError(f"{address} is not a camera", "a file is a video:FILE, a camera is /dev/videoN")
    if find_spec("cv2") is None:
        raise DeviceError("cameras of this machine need the Python package cv2", MEND_CV2)


def opened(address: str) -> Iterator[Shot]:
    """Pictures as they arrive, without an end. Raises DeviceError when the camera is not there or stops."""
    check(address)
    kind, _, rest = address.partition(":")
    if "://" in address:
        return stream(address)
    if kind in GRABBERS:
        # a generator that waits for nobody would fill a processor
        return stream(f"{rest},realtime" if kind == "lavfi" else rest, kind)
    number = number_of(address)
    _look(number)
    from vj.files import webcam

    return webcam.pictures(number)


def stream(url: str, kind: str | None = None) -> Iterator[Shot]:
    """Whatever FFmpeg reads, newest first to come; kind: FFmpeg's name of the format where it cannot be told."""
    options = {"framerate": "30"} if kind == "x11grab" else QUICK if kind is None else {}
    try:
        with av.open(url, format=kind, options=options, timeout=TIMEOUT_S) as container:
            if not container.streams.video:
                raise DeviceError("there is no picture in it")
            if url.startswith("http") and container.duration is not None:
                raise DeviceError("that is a file, not a camera", "download it and use video:FILE")
            picture = container.streams.video[0]
            picture.thread_type = "SLICE"  # threads by frames would keep as many frames back
            yield from _pictures(container, picture)
    except (FFmpegError, OSError) as error:
        raise DeviceError(_reason(error)) from None
    raise DeviceError("it stopped sending")


def bounded(width: int, height: int) -> tuple[int, int]:
    """A size within MAX_SIDE, in proportion."""
    scale = min(1.0, MAX_SIDE / max(width, height))
    return max(2, round(width * scale)), max(2, round(height * scale))


def _pictures(container: Any, picture: Any) -> Iterator[Shot]:
    """Where each picture stands alone it is decoded when it is wanted; else all must be."""
    alone = picture.codec_context.codec.intra_only
    for packet in container.demux(picture):
        if alone and packet.size:
            yield partial(_decoded, packet)
        elif not alone:
            yield from (partial(_rgb, frame) for frame in _frames(packet))


def _frames(packet: Any) -> list[av.VideoFrame]:
    """None of a broken packet: the next one may be whole."""
    try:
        return list(packet.decode())
    except av.error.InvalidDataError:
        return []


def _decoded(packet: Any) -> Pixels | None:
    frames = _frames(packet)
    return _rgb(frames[-1]) if frames else None


def _rgb(frame: av.VideoFrame) -> Pixels:
    width, height = bounded(frame.width, frame.height)
    pixels: Pixels = frame.to_ndarray(format="rgb24", width=width, height=height)
    return pixels


def _look(number: int) -> None:
    """What Linux says of a camera before it is opened: OpenCV says only that it could not."""
    node = NODES / f"video{number}"
    if not sys.platform.startswith("linux"):
        return
    if not node.exists():
        names = ", ".join(device.label for device in devices()) or "none"
        raise DeviceError(f"there is no {node}; cameras: {names}", "plug it in; `vj devices` lists them")
    if not os.access(node, os.R_OK | os.W_OK):
        raise DeviceError(f"{node} may not be read", "sudo usermod -aG video $USER, then log in again")


def _reason(error: Exception) -> str:
    """FFmpeg's words without the address, which may hold a password."""
    if isinstance(error, av.error.ExitError):
        return "no answer in time"
    return str(getattr(error, "strerror", "") or type(error).__name__)


def _line(path: Path) -> str:
    try:
        return path.read_text("utf-8", errors="replace").strip()
    except OSError:
        return ""

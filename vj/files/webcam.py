"""Cameras that are plugged in, through OpenCV: V4L2 on Linux, AVFoundation on macOS, Media Foundation on Windows."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import cv2

from vj.core.errors import DeviceError
from vj.files.camera import Pixels, Shot, bounded

BACK_ENDS = {"linux": cv2.CAP_V4L2, "darwin": cv2.CAP_AVFOUNDATION, "win32": cv2.CAP_MSMF}
WANTED = (
    # over USB 2 a picture of this size comes in time as JPEG only
    (cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")),
    (cv2.CAP_PROP_FRAME_WIDTH, 1280),
    (cv2.CAP_PROP_FRAME_HEIGHT, 720),
    (cv2.CAP_PROP_FPS, 30),
    # of the buffers that a driver fills the oldest is read first: fewer are fresher
    (cv2.CAP_PROP_BUFFERSIZE, 2),
)
"""what is asked for; a camera takes what is nearest to it"""


def pictures(number: int) -> Iterator[Shot]:
    """Pictures of camera `number` as they arrive. Raises DeviceError when it cannot be opened or stops sending."""
    os.environ.setdefault("OPENCV_AVFOUNDATION_SKIP_AUTH", "1")  # macOS may be asked on the main thread only
    # its warnings would fill the terminal: what went wrong is told by us
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    camera = cv2.VideoCapture(number, BACK_ENDS.get(sys.platform, cv2.CAP_ANY))
    try:
        if not camera.isOpened():
            raise DeviceError("it cannot be opened", "end the program that uses it, or plug it in again")
        for what, value in WANTED:
            camera.set(what, value)

        def shot() -> Pixels | None:
            return _retrieved(camera)

        while camera.grab():
            yield shot
        raise DeviceError("it stopped sending", "plug it in again")
    finally:
        camera.release()


def _retrieved(camera: cv2.VideoCapture) -> Pixels | None:
    there, pixels = camera.retrieve()
    if not there:
        return None
    height, width = pixels.shape[:2]
    if (width, height) != (size := bounded(width, height)):
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    rgb: Pixels = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
    return rgb

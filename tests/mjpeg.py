"""A network camera for the tests: pictures of one colour as Motion JPEG over HTTP, on this machine only."""

from __future__ import annotations

import io
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
from numpy.typing import NDArray
from PIL import Image

BOUNDARY = b"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%b\r\n"


def jpeg(pixels: NDArray[np.uint8]) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=95, subsampling=0)
    return out.getvalue()


def flat(colour: tuple[int, int, int], size: tuple[int, int] = (64, 48)) -> bytes:
    """A JPEG of one colour; size: width, height."""
    return jpeg(np.full((size[1], size[0], 3), colour, np.uint8))


class NetworkCamera:
    """Sends `picture` again and again, at `fps`; `extra`, once, before the next one. It can be unplugged."""

    def __init__(self, picture: bytes, fps: float = 50.0) -> None:
        self.picture, self.fps, self.extra = picture, fps, b""
        self.silent = False
        """accepts and answers nothing"""
        self.connections = self.pictures = 0
        """that were asked for, and sent"""
        self._open: list[socket.socket] = []
        self._server: ThreadingHTTPServer | None = None
        self._port = 0
        self.plug_in()

    @property
    def address(self) -> str:
        return f"http://user:secret@127.0.0.1:{self._port}/video?token=hidden"

    def plug_in(self) -> None:
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args: object) -> None:
                """Nothing: the tests' output is read."""

            def do_GET(self) -> None:
                camera._send(self)

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._server.daemon_threads = True
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def unplug(self) -> None:
        """Nobody answers any more, and what was open is closed."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        for connection in self._open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self._open.clear()

    def _send(self, to: BaseHTTPRequestHandler) -> None:
        self.connections += 1
        self._open.append(to.connection)
        while self.silent:
            time.sleep(0.02)
        try:
            to.send_response(200)
            to.send_header("Content-Type", "multipart/x-mixed-replace; boundary=picture")
            to.end_headers()
            while self._server is not None:
                if self.extra:
                    extra, self.extra = self.extra, b""
                    to.wfile.write(BOUNDARY % (len(extra), extra))
                to.wfile.write(BOUNDARY % (len(self.picture), self.picture))
                self.pictures += 1
                time.sleep(1 / self.fps)
        except OSError:
            return

"""`video:FILE`: a clip in a loop. On stage a thread decodes ahead and the newest frame that is due is shown;
offline the frame is exactly the one that belongs to the time."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path

import av
import moderngl
import numpy as np

from vj.core.errors import MediaError
from vj.core.types import FrameSource, Moment, Param, Value
from vj.render.fit import PARAMS, Fit
from vj.render.gl import Pixels, Target
from vj.sources.context import SourceContext

AHEAD = 4
"""decoded frames that wait"""
LATE_S = 0.12
"""frames that are later than this are not even converted"""
MAX_GAP_S = 0.25
"""a layer that was not drawn for longer has paused"""
MAX_SIDE = 1920
SPEED = Param("speed", "float", 1.0, 0.0, 4.0, "x")

Frame = tuple[float, av.VideoFrame]


def open(argument: str, stage: SourceContext) -> FrameSource:
    """argument: a path, relative to the setlist. Raises MediaError."""
    path = stage.base / argument
    if not path.is_file():
        raise MediaError(f"{path}: no such video", "check the path; it is relative to the setlist")
    frames = loop(path)
    first = next(frames)
    reader = ExactReader(first, frames) if stage.offline else ThreadReader(first, frames)
    return VideoSource(stage.ctx, reader)


def loop(path: Path) -> Iterator[Frame]:
    """(time in s, frame) for ever; the times go on growing from loop to loop. Raises MediaError."""
    offset = 0.0
    while True:
        start, last, gap = None, 0.0, 1 / 25
        try:
            with av.open(str(path)) as container:
                if not container.streams.video:
                    raise MediaError(f"{path}: has no picture")
                stream = container.streams.video[0]
                stream.thread_type = "AUTO"
                if stream.average_rate:
                    gap = float(1 / stream.average_rate)
                for number, frame in enumerate(container.decode(stream)):
                    at = float(frame.time) if frame.time is not None else number * gap
                    start = at if start is None else start
                    last = at - start
                    yield offset + last, frame
        except (av.error.FFmpegError, OSError) as error:
            if start is None:
                raise MediaError(f"{path}: not a video that can be read: {error}") from error
            # a damaged tail: what could be read is looped
        if start is None:
            raise MediaError(f"{path}: no frame in it")
        offset += last + gap


def rgb(frame: av.VideoFrame) -> Pixels:
    """uint8 [H, W, 3], top row first, at most MAX_SIDE wide or high."""
    scale = min(1.0, MAX_SIDE / max(frame.width, frame.height))
    width, height = max(2, round(frame.width * scale)), max(2, round(frame.height * scale))
    pixels: Pixels = frame.to_ndarray(format="rgb24", width=width, height=height)
    return pixels


def upload(ctx: moderngl.Context, texture: moderngl.Texture | None, pixels: Pixels) -> moderngl.Texture:
    """Pixels, top row first, into the texture, or into a new one where there is none of their size."""
    height, width = pixels.shape[:2]
    if texture is None or texture.size != (width, height):
        if texture is not None:
            texture.release()
        texture = ctx.texture((width, height), 3)
        texture.repeat_x = texture.repeat_y = False
    texture.write(np.ascontiguousarray(pixels[::-1]), alignment=1)
    return texture


class ExactReader:
    """Decodes when asked: the last frame whose time is <= t."""

    def __init__(self, first: Frame, frames: Iterator[Frame]) -> None:
        self._frames, self._current, self._next = frames, first, next(frames)
        self._shown = -1.0

    def at(self, t: float) -> Pixels | None:
        """The picture for t (s, never going back), None when it is still the same one."""
        while self._next[0] <= t:
            self._current, self._next = self._next, next(self._frames)
        if self._current[0] == self._shown:
            return None
        self._shown = self._current[0]
        return rgb(self._current[1])

    def close(self) -> None:
        return


class ThreadReader:
    """Decodes ahead on a thread of its own; asking never waits."""

    def __init__(self, first: Frame, frames: Iterator[Frame]) -> None:
        self._frames = frames
        self._ready: deque[tuple[float, Pixels]] = deque([(first[0], rgb(first[1]))])
        self._changed = threading.Condition()
        self._wanted, self._stop = 0.0, False
        self._error: MediaError | None = None
        self._thread = threading.Thread(target=self._run, name="video", daemon=True)
        self._thread.start()

    def at(self, t: float) -> Pixels | None:
        """The newest frame that is due at t (s), None when it is still the same one. Raises MediaError."""
        found = None
        with self._changed:
            if self._error is not None:
                raise self._error
            self._wanted = t
            while self._ready and self._ready[0][0] <= t:
                found = self._ready.popleft()[1]
            self._changed.notify()
        return found

    def close(self) -> None:
        with self._changed:
            self._stop = True
            self._changed.notify()
        self._thread.join(2.0)

    def _run(self) -> None:
        skipped = 0
        try:
            for t, frame in self._frames:
                with self._changed:
                    self._changed.wait_for(lambda: self._stop or len(self._ready) < AHEAD)
                    if self._stop:
                        return
                    late = t < self._wanted - LATE_S
                if late and skipped < 4:  # far behind: every fifth frame is shown, the others not even converted
                    skipped += 1
                    continue
                skipped = 0
                pixels = rgb(frame)
                with self._changed:
                    self._ready.append((t, pixels))
        except Exception as error:  # seam: a thread's error is told to whoever asks next
            with self._changed:
                self._error = error if isinstance(error, MediaError) else MediaError(f"video: {error}")


class VideoSource:
    opaque = False

    def __init__(self, ctx: moderngl.Context, reader: ExactReader | ThreadReader) -> None:
        self.params: tuple[Param, ...] = (*PARAMS, SPEED)
        self._ctx, self._reader, self._fit, self._open = ctx, reader, Fit(ctx), True
        self._texture: moderngl.Texture | None = None
        self._last_t: float | None = None
        self._position = 0.0

    def draw(self, target: Target, now: Moment, params: Mapping[str, Value]) -> bool:
        """The clip goes on from where it was drawn last: a layer that is not drawn has paused."""
        speed = params.get("speed", 1.0)
        if self._last_t is not None and isinstance(speed, (int, float)):
            gap = min(max(now.t - self._last_t, 0.0), MAX_GAP_S)
            self._position += gap * min(max(float(speed), SPEED.lo), SPEED.hi)
        self._last_t = now.t
        # half a millisecond of grace: times of frames and of the show are both rounded
        pixels = self._reader.at(self._position + 0.0005)
        if pixels is not None:
            self._texture = upload(self._ctx, self._texture, pixels)
        if self._texture is None:
            return False
        self._fit.draw(target, self._texture, params)
        return True

    def close(self) -> None:
        if self._open:
            self._open = False
            self._reader.close()
            self._fit.release()
            if self._texture is not None:
                self._texture.release()

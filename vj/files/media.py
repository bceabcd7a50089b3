"""Writing video with sound: H.264 and AAC in fragmented MP4, so that whatever was written before a crash plays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.bitstream import BitStreamFilterContext
from numpy.typing import NDArray

from vj.core.errors import MediaError
from vj.labels.badge import badge
from vj.labels.watermark import Marker

CHOOSE = "choose another folder"
VIDEO_BASE = Fraction(1, 90000)
FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof", "flush_packets": "1"}
PRIMING = 1024
"""samples the AAC encoder puts in front; fragmented MP4 has no edit list to hide them (FFmpeg's native encoder)"""


@dataclass(frozen=True, slots=True)
class MovieSettings:
    """size: width, height in pixels (even); rate: sound in Hz, 0 for none; preset: x264's speed; comment: what the file
    says of itself; gop_s: seconds from one key frame to the next, and what is lost at most when the process dies."""

    size: tuple[int, int]
    fps: float = 30.0
    rate: int = 48000
    crf: int = 20
    preset: str = "superfast"
    threads: int = 1
    comment: str = ""
    gop_s: float = 1.0
    mark: bytes = b""
    """what the invisible watermark carries, see vj.labels.watermark; none: no watermark"""
    badge: str = ""
    """kind of the visible sign in the corner, see vj.labels.badge; none: no sign"""


class MovieWriter:
    """One MP4 file. Frames carry their own times, so a frame that was dropped leaves no hole in the sound."""

    def __init__(self, path: Path, settings: MovieSettings) -> None:
        try:
            self._file = av.open(str(path), "w", format="mp4", options=FRAGMENTED)
        except OSError as e:
            raise MediaError(f"{path}: cannot be written ({e.strerror or e})", CHOOSE) from e
        self.path, self.settings = path, settings
        if settings.comment:
            self._file.metadata["comment"] = settings.comment
        fps = Fraction(settings.fps).limit_denominator(1001)
        self._video = self._file.add_stream("libx264", rate=fps)
        width, height = settings.size
        self._video.width, self._video.height = even = width & ~1, height & ~1
        self._marker = Marker(settings.mark, even) if settings.mark else None
        self._badge = badge(settings.badge, even) if settings.badge else None
        self._video.pix_fmt = "yuv420p"
        self._video.time_base = self._video.codec_context.time_base = VIDEO_BASE
        self._video.codec_context.thread_count = settings.threads
        gop = max(1, round(settings.fps * settings.gop_s))
        self._video.options = {"crf": str(settings.crf), "preset": settings.preset, "g": str(gop), "bf": "0"}
        self._audio = None
        if settings.rate:
            self._audio = self._file.add_stream("aac", rate=settings.rate)
            self._audio.layout = "stereo"
            self._audio.bit_rate = 192000
        try:
            self._file.start_encoding()
        except OSError as e:
            raise MediaError(f"{path}: cannot be written ({e.strerror or e})", CHOOSE) from e
        # the first samples make room for the priming: everything after them is exactly in time
        self._skip = PRIMING
        self._fifo: NDArray[np.float32] = np.zeros((0, 2), np.float32)
        self._samples = 0
        self._closed = False
        self._last_pts = -1

    def video(self, pixels: NDArray[np.uint8], t: float) -> None:
        """pixels [H, W, 3] sRGB of any size, top row first, seen t seconds after the start; times must go up."""
        pts = max(round(t / VIDEO_BASE), self._last_pts + 1)
        self._last_pts = pts
        height, width = self._video.height, self._video.width
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
        frame = frame.reformat(width, height, "yuv420p", interpolation="BICUBIC")
        if self._badge:
            self._badge.draw(frame)
        if self._marker:
            self._marker.mark(frame)
        frame.pts, frame.time_base = pts, VIDEO_BASE
        self._file.mux(self._video.encode(frame))

    def copy(self, path: Path) -> Iterator[int]:
        """Take over the pictures of a file that a writer with these settings left unfinished, coded as they are; yields
        how many are there. Its last group of pictures, which may be cut, is left out.

        Raises MediaError where its coding is another."""
        group: list[av.Packet] = []
        taken = 0
        try:
            with av.open(str(path)) as old:
                stream = old.streams.video[0]
                written = bytes(stream.codec_context.extradata or b"")
                if not all(unit in written for unit in self._units()):
                    raise MediaError(f"{path}: was written with other settings", "delete it and begin anew")
                # the muxer wants packets as the encoder gives them, with start codes
                plain = BitStreamFilterContext("h264_mp4toannexb", stream)
                for packet in (p for raw in old.demux(stream) if raw.size for p in plain.filter(raw)):
                    if packet.is_keyframe:
                        for waiting in group:
                            self._last_pts = int(waiting.pts or 0)
                            waiting.stream = self._video
                            self._file.mux(waiting)
                            taken += 1
                            yield taken
                        group = []
                    group.append(packet)
        except av.error.InvalidDataError:
            return  # cut in the middle of a fragment: what came before it is there

    def _units(self) -> list[bytes]:
        """Parameter sets of the coding (H.264, annex B)."""
        return [unit for unit in bytes(self._video.codec_context.extradata or b"").split(b"\0\0\0\1") if unit]

    def audio(self, block: NDArray[np.float32]) -> None:
        """block [N, 2], -1 to 1: the next N samples."""
        if self._audio is None:
            return
        skipped = min(self._skip, len(block))
        self._skip -= skipped
        self._samples += skipped
        self._fifo = np.concatenate([self._fifo, block[skipped:]])
        size = self._audio.codec_context.frame_size or 1024
        while len(self._fifo) >= size:
            self._sound(self._fifo[:size])
            self._fifo = self._fifo[size:]

    def _sound(self, block: NDArray[np.float32]) -> None:
        assert self._audio is not None
        planes = np.ascontiguousarray(np.clip(block.T, -1.0, 1.0))
        frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout="stereo")
        frame.sample_rate = self.settings.rate
        frame.pts, frame.time_base = self._samples, Fraction(1, self.settings.rate)
        self._samples += len(block)
        self._file.mux(self._audio.encode(frame))

    @property
    def audio_s(self) -> float:
        """Seconds of sound taken so far."""
        return (self._samples + len(self._fifo)) / self.settings.rate if self.settings.rate else 0.0

    def close(self) -> None:
        """Write what is left; the file is complete afterwards. May be called twice."""
        if self._closed:
            return
        self._closed = True
        try:
            if self._audio is not None and len(self._fifo):
                self._sound(self._fifo)
            if self._last_pts >= 0:
                self._file.mux(self._video.encode(None))
            if self._audio is not None:
                self._file.mux(self._audio.encode(None))
        finally:
            self._file.close()

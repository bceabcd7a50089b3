"""What the watermark costs the recorder, and how much of the picture it changes."""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from vj.core.paths import data_dir
from vj.files.media import MovieSettings, MovieWriter
from vj.labels.watermark import Marker
from vj.labels.watermark_read import read

SIZE = (1280, 720)
PAYLOAD = bytes(range(1, 8))
WARM_UP = 15
"""frames that are not counted: x264 fills its tables"""


def scene(number: int) -> NDArray[np.uint8]:
    """Frame [720, 1280, 3] of a moving pattern of rings and bars, at 30 frames per second."""
    t = number / 30
    y, x = (axis.astype(np.float32) / SIZE[1] for axis in np.mgrid[0 : SIZE[1], 0 : SIZE[0]])
    wave = np.sin(9 * x + 3 * t) + np.sin(7 * y - 2 * t) + np.sin(30 * np.hypot(x - 0.9, y - 0.5) - 5 * t)
    return np.stack([127 + 127 * np.sin(1.5 * wave + 2 * k) for k in range(3)], -1).astype(np.uint8)


def figures(frames: int = 120) -> dict[str, Any]:
    """The recorder's time per frame (convert, mark, code with the recorder's settings) without and with the mark, frame
    by frame in turn in one process; what the mark itself takes of it; PSNR of marked brightness."""
    settings = MovieSettings(SIZE, 30.0, 0)
    spent: dict[str, list[float]] = {"plain": [], "marked": []}
    with tempfile.TemporaryDirectory() as folder:
        plain = MovieWriter(Path(folder) / "plain.mp4", settings)
        marked = MovieWriter(Path(folder) / "marked.mp4", replace(settings, mark=PAYLOAD))
        for number in range(frames):
            picture = scene(number)
            both = [("plain", plain), ("marked", marked)]
            for name, writer in both if number % 2 else both[::-1]:
                begin = time.perf_counter()
                writer.video(picture, number / 30)
                spent[name].append((time.perf_counter() - begin) * 1000)
        plain.close()
        marked.close()
        sizes = {name: (Path(folder) / f"{name}.mp4").stat().st_size for name in spent}
    took = {name: statistics.median(times[WARM_UP:]) for name, times in spent.items()}
    alone, psnr = _alone(frames)
    return {
        "frame_ms": round(took["plain"], 3),
        "marked_frame_ms": round(took["marked"], 3),
        "recorder_percent": round(100 * (took["marked"] / took["plain"] - 1), 2),
        "mark_ms": round(alone, 3),
        "mark_percent": round(100 * alone / took["plain"], 2),
        "bytes_percent": round(100 * (sizes["marked"] / sizes["plain"] - 1), 2),
        "psnr_db": round(psnr, 1),
    }


ATTACKS: tuple[tuple[str, tuple[int, int], str], ...] = (
    ("720p 6 Mbit/s", SIZE, "6M"),
    ("720p 4 Mbit/s", SIZE, "4M"),
    ("720p 2.5 Mbit/s", SIZE, "2.5M"),
    ("720p 1.5 Mbit/s", SIZE, "1.5M"),
    ("half size 2 Mbit/s", (640, 360), "2M"),
    ("half size 1 Mbit/s", (640, 360), "1M"),
)
"""coding anew: name, size, bit rate (H.264, veryfast)"""


def survival(seconds: float = 4.0) -> dict[str, dict[str, float | None]]:
    """Content -> way of coding anew -> share of code bits that were wrong before correction; None: not read at all."""
    count = max(30, round(30 * seconds))
    films = {"rings": [scene(n) for n in range(count)], "house loops": _loops(count)}
    films["one still"] = [films["house loops"][0]] * count
    out: dict[str, dict[str, float | None]] = {}
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder) / "first.mp4"
        for name, pictures in films.items():
            writer = MovieWriter(first, replace(MovieSettings(SIZE, 30.0, 0), mark=PAYLOAD))
            for number, pixels in enumerate(pictures):
                writer.video(pixels, number / 30)
            writer.close()
            out[name] = {"as written": _read(first)}
            for attack, size, rate in ATTACKS:
                out[name][attack] = _read(_again(first, Path(folder) / "again.mp4", size, rate))
    return out


def _loops(count: int) -> list[NDArray[np.uint8]]:
    """What the house model dreams, each picture twice, enlarged."""
    with av.open(str(data_dir("latent_pools") / "house" / "pool.mp4")) as file:
        frames = islice(file.decode(video=0), (count + 1) // 2)
        twice = [frame.to_ndarray(width=SIZE[0], height=SIZE[1], format="rgb24") for frame in frames for _ in range(2)]
    return twice[:count]


def _again(film: Path, out: Path, size: tuple[int, int], rate: str) -> Path:
    with av.open(str(film)) as old, av.open(str(out), "w") as new:
        stream = new.add_stream("libx264", rate=30, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.bit_rate = round(float(rate[:-1]) * 1e6)
        for number, frame in enumerate(old.decode(video=0)):
            small = frame.reformat(*size, "yuv420p", interpolation="BICUBIC")
            small.pts, small.time_base = number, Fraction(1, 30)
            new.mux(stream.encode(small))
        new.mux(stream.encode(None))
    return out


def _read(film: Path) -> float | None:
    found = read(film)
    return round(found.ber, 3) if found and found.payload == PAYLOAD else None


def _alone(frames: int) -> tuple[float, float]:
    """Mean time of the mark itself (ms per frame), PSNR of the brightness (dB)."""
    marker, picture = Marker(PAYLOAD, SIZE), av.VideoFrame.from_ndarray(scene(0), format="rgb24")
    frame = picture.reformat(*SIZE, "yuv420p")
    before = np.asarray(frame.to_ndarray()[: SIZE[1]], np.float64)
    marker.mark(frame)
    error = ((frame.to_ndarray()[: SIZE[1]] - before) ** 2).mean()
    begin = time.perf_counter()
    for _ in range(frames):
        marker.mark(frame)
    return (time.perf_counter() - begin) * 1000 / frames, float(10 * np.log10(255**2 / error))

"""Pictures and clips as layers, and how sources are found by name."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from gl_help import SIZE, context, flat, moment
from PIL import Image

from vj.core.errors import MediaError, ShaderError, VjError
from vj.core.types import FrameSource, Value
from vj.render.gl import Pixels, Target
from vj.render.store import ShaderStore
from vj.sources.context import SourceContext
from vj.sources.load import kinds, open_source

FPS, FRAMES = 10, 8


@pytest.fixture
def stage(tmp_path: Path) -> Callable[[bool], SourceContext]:
    store = ShaderStore(context(), tmp_path)
    return lambda offline=True: SourceContext(context(), store, tmp_path, offline=offline)


def show(source: FrameSource, t: float = 0.0, **params: Value) -> Pixels:
    target = Target(context(), SIZE)
    assert source.draw(target, moment(t), params)
    return target.pixels()


def clip(path: Path, frames: int = FRAMES) -> Path:
    """A lossless clip: frame n is grey 20 + 25 n."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = 32, 18, "bgr0"
        for n in range(frames):
            picture = flat((20 + 25 * n,) * 3, (32, 18))
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))
    return path


def number(pixels: Pixels) -> int:
    return round((float(pixels.mean()) - 20) / 25)


def test_kinds_and_unknown_ones(stage: Callable[..., SourceContext]) -> None:
    assert {"shader", "image", "video"} <= set(kinds())
    with pytest.raises(VjError, match=r'unknown kind "vidoe" \(did you mean "video"\?\); there are: .*shader:'):
        open_source("vidoe:x", stage())
    with pytest.raises(ShaderError, match="no shader"):
        open_source("shader:nobody", stage())


def test_shader(stage: Callable[..., SourceContext], tmp_path: Path) -> None:
    (tmp_path / "mine.fs").write_text(
        '/*{"INPUTS": [{"NAME": "v", "TYPE": "float"}]}*/\nvoid main() { gl_FragColor = vec4(v); }'
    )
    source = open_source("shader:mine.fs", stage())
    assert [p.name for p in source.params] == ["v"]
    assert show(source, v=1.0).min() == 255 and show(source).max() == 0
    source.close()
    source.close()


def test_image_fits(stage: Callable[..., SourceContext], tmp_path: Path) -> None:
    picture = flat((255, 255, 255), (18, 18))
    picture[:9] = (255, 0, 0)  # upper half red
    Image.fromarray(picture).save(tmp_path / "square.png")
    source = open_source("image:square.png", stage())
    cover = show(source)
    assert tuple(cover[1, 1]) == (255, 0, 0) and tuple(cover[-2, -2]) == (255, 255, 255)
    contain = show(source, fit=1)
    assert tuple(contain[2, 2]) == (0, 0, 0) and tuple(contain[2, 16]) == (255, 0, 0)
    assert (contain.reshape(-1, 3).sum(1) > 0).mean() == pytest.approx(18 * 18 / (32 * 18), abs=0.02)
    stretch = show(source, fit=2)
    assert tuple(stretch[8, 0]) == (255, 0, 0) and tuple(stretch[9, 0]) == (255, 255, 255)
    small = show(source, fit=2, zoom=0.5)
    assert (small.reshape(-1, 3).sum(1) > 0).mean() == pytest.approx(0.25, abs=0.05)
    moved = show(source, fit=2, x=1.0)
    assert moved[:, :15].max() == 0 and moved[:, 17:].min(0).max() > 0
    source.close()
    source.close()


def test_image_transparency_and_wrong_files(stage: Callable[..., SourceContext], tmp_path: Path) -> None:
    Image.fromarray(flat((10, 20, 30, 128))).save(tmp_path / "half.png")
    target = Target(context(), SIZE)
    open_source("image:half.png", stage()).draw(target, moment(), {})
    rgba = np.frombuffer(target.fbo.read(components=4), np.uint8).reshape(18, 32, 4)
    assert tuple(rgba[5, 5]) == (10, 20, 30, 128)
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(MediaError, match=r"text\.png: not a picture"):
        open_source("image:text.png", stage())
    with pytest.raises(MediaError, match=r"gone\.png: no such picture"):
        open_source("image:gone.png", stage())


def test_video_offline_is_exact_and_loops(stage: Callable[..., SourceContext], tmp_path: Path) -> None:
    clip(tmp_path / "clip.mkv")
    source = open_source("video:clip.mkv", stage())
    seen = [number(show(source, 50.0 + i * 0.05)) for i in range(2 * FRAMES * 2)]
    assert seen == [i // 2 % FRAMES for i in range(2 * FRAMES * 2)]
    again = open_source("video:clip.mkv", stage())
    assert [number(show(again, 50.0 + i * 0.05)) for i in range(20)] == seen[:20]


def test_video_speed_and_pause(stage: Callable[..., SourceContext], tmp_path: Path) -> None:
    clip(tmp_path / "clip.mkv")
    source = open_source("video:clip.mkv", stage())
    assert [number(show(source, i * 0.1, speed=2.0)) for i in range(4)] == [0, 2, 4, 6]
    still = open_source("video:clip.mkv", stage())
    assert [number(show(still, i * 0.1, speed=0.0)) for i in range(4)] == [0, 0, 0, 0]
    # not drawn for a minute: goes on near where it was
    assert number(show(still, 60.0)) == 2


def test_video_live_never_waits_and_keeps_up(stage: Callable[..., SourceContext], tmp_path: Path) -> None:
    clip(tmp_path / "clip.mkv", 40)
    source = open_source("video:clip.mkv", stage(False))
    assert int(show(source, 0.0).mean()) == 20
    target, deadline, t, means = Target(context(), SIZE), time.perf_counter() + 10.0, 0.0, {20}
    while len(means) < 4 and time.perf_counter() < deadline:
        t += 0.02
        assert source.draw(target, moment(t), {})
        means.add(int(target.pixels().mean()))
        time.sleep(0.005)
    assert len(means) >= 4
    source.close()
    source.close()


def test_wrong_videos_say_so(stage: Callable[..., SourceContext], tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(MediaError, match=r"text\.mp4: not a video"):
        open_source("video:text.mp4", stage())
    with pytest.raises(MediaError, match=r"gone\.mp4: no such video"):
        open_source("video:gone.mp4", stage())
    with av.open(str(tmp_path / "sound.wav"), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with pytest.raises(MediaError, match=r"sound\.wav: has no picture"):
        open_source("video:sound.wav", stage())

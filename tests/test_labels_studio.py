"""Every kind of file that the studio writes: labelled, trusted, and a changed byte is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from vj.core.paths import SHIPPED, data_dir
from vj.labels.verify import CHANGED, INTACT, verify
from vj.studio import poolbook
from vj.studio.jobs.multiview import multiview
from vj.studio.options import Options
from vj.studio.output import Writing, write
from vj.studio.prompt import preview
from vj.studio.sheets import world_sheet
from vj.studio.shots import Shot


def film(out: Path, label: dict[str, str], *inputs: Path) -> Path:
    frames = (np.full((180, 320, 3), 8 * n, np.uint8) for n in range(12))
    write(frames, 12, out, Writing((320, 180), 12, Options(quiet=True), label, inputs=inputs))
    return out


def changed(path: Path) -> None:
    """One byte in the middle of it, and the file as it was again."""
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] + bytes([whole[len(whole) // 2] ^ 8]) + whole[len(whole) // 2 + 1 :])
    assert verify(path, look=False).verdict == CHANGED, path
    path.write_bytes(whole)


def check(path: Path, source_type: str) -> None:
    report = verify(path, look=False)
    assert (report.verdict, report.trusted) == (INTACT, True), (path, report.reason)
    assert report.layers[0].source_type == report.layers[1].source_type == source_type
    changed(path)


@pytest.mark.parametrize(
    ("model", "media", "source_type"),
    [
        (True, False, "trainedAlgorithmicMedia"),
        (True, True, "compositeWithTrainedAlgorithmicMedia"),
        (False, True, "algorithmicallyEnhanced"),
        (False, False, "algorithmicMedia"),
    ],
)
def test_videos_say_whether_a_model_and_media_were_in_them(
    tmp_path: Path, model: bool, media: bool, source_type: str
) -> None:
    photo = tmp_path / "photo.png"
    Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save(photo)
    label = {"pipeline": "x", "seed": "1", "prompt": "my secret"} | ({"model": "house"} if model else {})
    path = film(tmp_path / "out.mp4", label, *([photo] if media else []))
    check(path, source_type)
    signed, _, comment, _ = verify(path, look=False).layers
    assert comment.state == "ours" and comment.said["job"] == signed.said["job"]
    assert b"my secret" not in path.read_bytes()
    assert ("weights_sha256" in signed.said) == model
    if media:
        assert signed.said["inputs"][0]["title"] == "photo.png"


def test_the_watermark_is_the_one_that_the_label_says(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    still = np.asarray(Image.fromarray(rng.integers(40, 200, (18, 32, 3), np.uint8)).resize((640, 360)))
    how = Writing((640, 360), 12, Options(quiet=True), {"pipeline": "x", "model": "house"})
    write((still for _ in range(24)), 24, tmp_path / "a.mp4", how)
    mark = verify(tmp_path / "a.mp4").layers[3]
    assert (mark.state, mark.source_type) == ("ours", "trainedAlgorithmicMedia")


def test_views_of_several_cameras_are_each_labelled(tmp_path: Path) -> None:
    out = tmp_path / "gems.mp4"
    multiview("crystals", out, Options(size=(160, 90), seconds=0.25, fps=8, quiet=True), Shot())
    for path in (out, tmp_path / "gems_1.mp4", tmp_path / "gems_2.mp4"):
        check(path, "algorithmicMedia")


def test_pictures_of_commands_are_labelled(tmp_path: Path) -> None:
    poolbook.sheet("house", tmp_path / "sheet.jpg")
    check(tmp_path / "sheet.jpg", "trainedAlgorithmicMedia")
    preview("violet tunnel", tmp_path / "words.png")
    check(tmp_path / "words.png", "trainedAlgorithmicMedia")
    world_sheet(tmp_path / "world.png", per=1)
    check(tmp_path / "world.png", "algorithmicMedia")
    assert poolbook.sheet("house", tmp_path / "sheet.webp") > 0  # no label fits in there


def test_a_pool_is_labelled_with_all_of_its_files(tmp_path: Path, pool_of: Callable[[Path], Path]) -> None:
    folder = pool_of(tmp_path / "mine")
    report = verify(folder, look=False)
    assert (report.verdict, report.trusted) == (INTACT, True)
    assert report.files["pool.safetensors"] == report.files["pool.toml"] == "unchanged"
    assert verify(folder / "pool.safetensors", look=False).verdict == INTACT
    for name in ("pool.safetensors", "pool.toml", "pool.mp4"):
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        assert verify(folder, look=False).verdict == CHANGED, name
        (folder / name).write_bytes(whole)
    (folder / "pool.toml").unlink()
    assert verify(folder, look=False).files["pool.toml"] == "missing"


@pytest.fixture
def pool_of() -> Callable[[Path], Path]:
    from vj.studio.house import house_of
    from vj.studio.poolbook import add

    def made(folder: Path) -> Path:
        frames = np.stack([np.full((288, 512, 3), 20 * n, np.uint8) for n in range(8)])
        with torch.inference_mode():
            add(f"{folder}/", frames, "grey", "text2video", house_of(1))
        return folder

    return made


@pytest.mark.parametrize("name", SHIPPED)
def test_pools_that_come_along_are_signed_by_a_root_that_comes_along(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VJ_CONFIG", str(tmp_path / "nobody"))
    report = verify(data_dir("latent_pools") / name, look=False)
    assert report.verdict == INTACT and report.trusted

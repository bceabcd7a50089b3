"""Pools as a user handles them: listed, shown, merged, verified, drawn, added to."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from engine_fixtures import tiny_pool
from PIL import Image
from typer.testing import CliRunner

from engine.model import weights
from engine.model.autoencoder import Autoencoder, AutoencoderConfig
from engine.model.house import House, load_house, save_tiny_house
from engine.pools import half
from engine.pools import pool as store
from vj.commands.pool import app
from vj.core.errors import VjError
from vj.core.paths import SHIPPED, data_dir
from vj.studio import entrystore, loops, poolbook

SIZE = (32, 32)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(poolbook, "data_dir", lambda name: tmp_path / name)
    monkeypatch.setenv("VJ_CACHE", str(tmp_path / "cache"))
    save_tiny_house(tmp_path / "assets")
    return load_house(tmp_path / "assets", torch.float32)


def pool(folder: Path, name: str, count: int, house: House) -> store.LatentPool:
    """A pool on disk with a pool.mp4 whose loops are of one grey each."""
    made = replace(tiny_pool(count=count, sha=house.sha["autoencoder"]), name=name)
    store.save(folder / "latent_pools" / name, made)
    greys = [np.full((32, 32, 3), 20 + 40 * i, np.uint8) for i in range(count) for _ in range(8)]
    loops.encode(folder / "latent_pools" / name / "pool.mp4", lambda: iter(greys), SIZE)
    return made


def test_listed_shown_and_verified(house: House, tmp_path: Path) -> None:
    pool(tmp_path, "night", 3, house)
    (tmp_path / "latent_pools" / "broken").mkdir()
    (tmp_path / "latent_pools" / "broken" / "pool.toml").write_text("format = 9")
    broken, night = poolbook.ls()
    assert (night.name, night.entries, night.frames, night.size) == ("night", 3, 8, SIZE) and not night.wrong
    assert "format = 9" in broken.wrong
    rows = poolbook.rows("night")
    assert [row["name"] for row in rows] == ["loop-0", "loop-1", "loop-2"]
    assert rows[0]["tags"][2] == "red" and "a" in rows[0]["tags"] and rows[0]["brightness"] == pytest.approx(0.213)
    assert len(poolbook.rows("night", most=2)) == 2
    assert [row["name"] for row in poolbook.rows("night", tag="b")] == ["loop-1"]
    assert poolbook.verify("night").endswith("whole") and "3 of them in pool.mp4" in poolbook.verify("night")
    with pytest.raises(VjError, match=r'no pool "nigth" \(did you mean "night"\?\)'):
        poolbook.verify("nigth")


def test_a_pool_is_halved_once(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vj.studio.house.house_of", lambda: house)
    pool(tmp_path, "night", 3, house)
    said = CliRunner().invoke(app, ["halve", "night"])
    assert said.exit_code == 0 and said.stdout.lstrip() == "night: half.safetensors is made\n"
    assert (tmp_path / "latent_pools" / "night" / half.FILE).is_file()
    again = CliRunner().invoke(app, ["halve", "night", "--json"])
    assert json.loads(again.stdout) == {"pool": "night", "new": False}
    pool(tmp_path, "other", 3, house)
    other = replace(house, autoencoder=Autoencoder(AutoencoderConfig(latent=8)))
    monkeypatch.setattr("vj.studio.house.house_of", lambda: other)
    with pytest.raises(VjError, match='pool "other": 4 latent channels, the model has 8'):
        poolbook.halve("other")


@pytest.mark.parametrize("name", SHIPPED)
def test_the_pools_that_come_along_are_sharp_at_half_the_size(name: str) -> None:
    folder = data_dir("latent_pools") / name
    small, sharp = half.halved(folder, store.load(folder))
    assert sharp and small.size == (256, 144) and small.latents.shape[-2:] == (10, 16)


def test_one_wrong_byte_is_found(house: House, tmp_path: Path) -> None:
    pool(tmp_path, "night", 3, house)
    path = tmp_path / "latent_pools" / "night" / "pool.safetensors"
    whole = bytearray(path.read_bytes())
    whole[-3] ^= 1
    path.write_bytes(whole)
    with pytest.raises(VjError, match="sha256"):
        poolbook.verify("night")


def test_merged_pools_keep_every_latent(house: House, tmp_path: Path) -> None:
    a, b = pool(tmp_path, "a", 2, house), pool(tmp_path, "b", 3, house)
    b = replace(b, scale=torch.rand(3, 4) + 0.1)
    store.save(tmp_path / "latent_pools" / "b", b)
    made = poolbook.merge(["a", "b"], "both")
    assert (made.name, made.entries) == ("both", 5)
    got = store.load(tmp_path / "latent_pools" / "both")
    assert [entry.name for entry in got.entries] == ["loop-0", "loop-1", "loop-0-2", "loop-1-2", "loop-2"]
    assert got.entries[0].tags
    for i, (old, at) in enumerate([(a, 0), (a, 1), (b, 0), (b, 1), (b, 2)]):
        assert torch.equal(got.frame(i, 3), old.frame(at, 3))
        assert torch.equal(got.attributes[i], old.attributes[at])
    frames = list(loops.pictures(tmp_path / "latent_pools" / "both" / "pool.mp4"))
    wanted = [20, 60, 20, 60, 100]
    assert [round(float(frames[8 * i + 4].mean()) / 5) * 5 for i in range(5)] == wanted and len(frames) == 40
    assert poolbook.verify("both").endswith("whole")


def test_what_cannot_be_merged(house: House, tmp_path: Path) -> None:
    pool(tmp_path, "a", 2, house)
    other = replace(tiny_pool(count=2, frames=4, sha=house.sha["autoencoder"]), name="short")
    store.save(tmp_path / "latent_pools" / "short", other)
    with pytest.raises(VjError, match="loops of two kinds: 8x4x2x2 and 4x4x2x2"):
        poolbook.merge(["a", "short"], "c")
    store.save(tmp_path / "latent_pools" / "far", replace(tiny_pool(count=2, sha="x"), name="far"))
    with pytest.raises(VjError, match="an autoencoder of two kinds"):
        poolbook.merge(["a", "far"], "c")
    with pytest.raises(VjError, match="one of the pools that are merged"):
        poolbook.merge(["a"], "a")
    with pytest.raises(VjError, match="come with the program"):
        poolbook.merge(["a"], "house")
    assert not (tmp_path / "latent_pools" / "c" / "pool.toml").exists()


def test_clips_are_added_one_by_one(house: House, tmp_path: Path) -> None:
    clip = np.zeros((8, 32, 32, 3), np.uint8)
    clip[..., 0] = 200
    assert poolbook.add("mine", clip, "Red, all of it", "cinemagraph", house) == "red-all-of-it"
    first = store.load(tmp_path / "latent_pools" / "mine")
    assert first.size == poolbook.SIZE and first.frames == 8 and len(first.entries) == 1
    assert first.entries[0].source == "cinemagraph" and first.entries[0].tags
    assert poolbook.add("mine", clip[:3], "red all of it", "style", house) == "red-all-of-it-2"
    got = store.load(tmp_path / "latent_pools" / "mine")
    assert len(got.entries) == 2 and torch.equal(got.frame(0, 2), first.frame(0, 2))
    assert weights.verify(tmp_path / "latent_pools" / "mine" / "pool.safetensors")
    assert len(list(loops.pictures(tmp_path / "latent_pools" / "mine" / "pool.mp4"))) == 16
    assert sorted(p.name for p in (tmp_path / "latent_pools" / "mine").iterdir()) == [
        "pool.mp4",
        "pool.safetensors",
        "pool.toml",
    ]
    with pytest.raises(VjError, match="come with the program"):
        poolbook.add("house", clip, "x", "y", house)
    with pytest.raises(VjError, match="other weights"):
        poolbook.add("mine", clip, "x", "y", replace(house, sha={**house.sha, "autoencoder": "other"}))
    with pytest.raises(VjError, match="without frames"):
        poolbook.add("mine", clip[:0], "x", "y", house)


def test_a_long_clip_goes_there_and_back() -> None:
    clip = np.arange(90, dtype=np.uint8)[:, None, None, None]
    assert poolbook.looped(clip, 8)[:, 0, 0, 0].tolist() == [0, 22, 44, 67, 89, 67, 44, 22]
    assert poolbook.looped(clip[:8], 8)[:, 0, 0, 0].tolist() == list(range(8))
    assert poolbook.looped(clip[:1], 4)[:, 0, 0, 0].tolist() == [0, 0, 0, 0]


def test_a_sheet_shows_every_entry(house: House, tmp_path: Path) -> None:
    pool(tmp_path, "night", 3, house)
    assert poolbook.sheet("night", tmp_path / "s.png") == 3
    page = np.asarray(Image.open(tmp_path / "s.png"))
    cells = [int(page[72, 128 + 258 * i].mean()) for i in range(3)]
    assert np.allclose(cells, [20, 60, 100], atol=4)
    with pytest.raises(VjError, match=r"\.png or \.jpg"):
        poolbook.sheet("night", tmp_path / "s.xyz")


def test_the_commands(house: House, tmp_path: Path) -> None:
    pool(tmp_path, "night", 3, house)
    run = CliRunner()
    listed = json.loads(run.invoke(app, ["ls", "--json"]).stdout)
    assert [row["name"] for row in listed] == ["night"]
    shown = run.invoke(app, ["show", "night", "--most", "1"]).stdout
    assert "loop-0" in shown and "loop-1" not in shown
    assert json.loads(run.invoke(app, ["verify", "night", "--json"]).stdout)["whole"] is True
    merged = json.loads(run.invoke(app, ["merge", "night", "-o", str(tmp_path / "x" / "two"), "--json"]).stdout)
    assert merged["entries"] == 3 and (tmp_path / "x" / "two" / "pool.toml").is_file()
    assert run.invoke(app, ["sheet", "night", "-o", str(tmp_path / "n.png")]).exit_code == 0


def test_one_writer_at_a_time(house: House, tmp_path: Path) -> None:
    from threading import Thread

    order: list[str] = []

    def second() -> None:
        with entrystore.locked("p"):
            order.append("second")

    thread = Thread(target=second)
    with entrystore.locked("p"):
        thread.start()
        thread.join(0.1)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]

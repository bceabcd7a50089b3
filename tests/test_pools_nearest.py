"""Large pools on disk, what is known of their entries, and picks that follow the music and do not repeat themselves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from engine_fixtures import tiny_pool

from engine.errors import PoolError
from engine.model import weights
from engine.model.house import load_house, save_tiny_house
from engine.pipelines import poolwalk
from engine.pools import pool as pools
from engine.pools.features import colour_name, features_of, tags_of
from engine.pools.index import Packed, find, packed
from engine.pools.interpolate import Place, walk_at
from engine.pools.nearest import Followed, Nearest, asked, every
from engine.pools.pool import Entry, LatentPool
from engine.pools.write import Column, write
from engine.runtimes.runtime import Shapes, choose
from engine.types import Request, Tempo, Walk
from vj.core.types import AudioFeatures, BeatState, Moment
from vj.engine_link import request_for
from vj.setlist.schema import EngineSpec

ODD = ('say "hi"', "line\nbreak", "umlaut-ü", "back\\slash", "a", "aa")


def large(count: int = 1200) -> LatentPool:
    made = tiny_pool(count=count, frames=2, cells=1)
    entries = tuple(Entry(f"loop-{i}", f"no {i}", ("#ff0000", "#00ff00"), "text", ("calm",)) for i in range(count))
    return replace(made, entries=entries, scale=torch.rand(count, 4) + 0.5, features=torch.rand(count, 5))


def test_a_large_pool_packs_its_entries(tmp_path: Path) -> None:
    made = large()
    sha = pools.save(tmp_path / "p", made, "a comment")
    assert len((tmp_path / "p" / "pool.toml").read_text()) < 400
    got = pools.load(tmp_path / "p")
    assert isinstance(got.entries, Packed) and len(got.entries) == 1200
    assert tuple(got.entries) == made.entries
    assert got.entries[-1] == made.entries[-1] and got.entries[3:5] == made.entries[3:5]
    assert got.index("loop-1199") == 1199 and got.index("loop-0") == 0
    with pytest.raises(PoolError, match='no entry "loop"'):
        got.index("loop")
    with pytest.raises(IndexError):
        got.entries[1200]
    assert got.features is not None and torch.equal(got.features, made.features)  # type: ignore[arg-type]
    assert torch.equal(got.frame(7, 1), made.latents[7, 1].float() * made.scale[7][:, None, None])
    assert weights.verify(tmp_path / "p" / "pool.safetensors") == sha
    assert not list((tmp_path / "p").glob("*.part"))


def test_names_of_all_kinds_are_found() -> None:
    entries = Packed(*packed(Entry(name, "x") for name in ODD))
    assert [entries.find(name) for name in ODD] == list(range(len(ODD)))
    assert [entry.name for entry in entries] == list(ODD)
    assert find(entries, "b") == -1 and find(tuple(entries), "aa") == 5 and find((), "a") == -1


def test_a_damaged_index_is_said(tmp_path: Path) -> None:
    pools.save(tmp_path / "p", large())
    toml = (tmp_path / "p" / "pool.toml").read_text()
    pools.save(tmp_path / "p", tiny_pool())
    (tmp_path / "p" / "pool.toml").write_text(toml)
    with pytest.raises(PoolError, match="list of entries"):
        pools.load(tmp_path / "p")


def test_what_is_written_in_pieces_is_what_is_written_at_once(tmp_path: Path) -> None:
    torch.manual_seed(1)
    tensors = {"a": torch.randn(5, 3), "b": torch.randint(0, 255, (7,), dtype=torch.uint8), "c": torch.randn(2).half()}
    at_once = weights.save(tmp_path / "once.safetensors", tensors, {"kind": "x"})
    columns = {name: Column.of(value) for name, value in tensors.items()}
    columns["a"] = Column((5, 3), torch.float32, lambda: torch.split(tensors["a"], 2))
    assert write(tmp_path / "pieces.safetensors", columns, {"kind": "x"}) == at_once
    got, meta = weights.load(tmp_path / "pieces.safetensors")
    assert all(torch.equal(got[name], value) for name, value in tensors.items()) and meta["kind"] == "x"
    columns["a"] = Column((6, 3), torch.float32, lambda: torch.split(tensors["a"], 2))
    with pytest.raises(ValueError, match="bytes came"):
        write(tmp_path / "short.safetensors", columns, {})
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("short")] == []


def test_features_and_tags() -> None:
    still, moving = torch.ones(4, 2, 3, 3), torch.randn(4, 2, 3, 3)
    dark, white = features_of(still, ("#000000",)), features_of(moving, ("#ffffff", "#ffffff"))
    assert dark.tolist() == [0.0] * 5
    assert float(white[0]) > 1 and float(white[1]) == pytest.approx(1) and float(white[2]) == 0
    red = features_of(still, ("#ff0000",))
    assert red[1:].tolist() == pytest.approx([0.2126, 1.0, 1.0, 0.5])
    assert float(features_of(still, ("#0000ff",))[4]) == pytest.approx(-1)
    words = tags_of(dark, ("#000000", "#ff0000", "#0000ff"), {"family/tunnel": 0.9, "family/ink": 0.1, "scale": 1.0})
    assert words == ("still", "dark", "red", "blue", "tunnel")
    names = [colour_name(c) for c in ("#00ff00", "#ffff00", "#8000ff", "#ffffff", "#808080", "#050505", "rubbish")]
    assert names == ["green", "yellow", "violet", "white", "grey", "", ""]


def brute(pool: LatentPool, query: dict[str, float]) -> list[int]:
    """The order of all entries, as a child would work it out."""
    assert pool.features is not None
    energy = pool.features[:, 0].tolist()
    share = [sorted(energy).index(x) / (len(energy) - 1) for x in energy]
    saturation = pool.features[:, 2].tolist()
    return sorted(
        range(len(energy)),
        key=lambda i: (share[i] - query["energy"]) ** 2 + (saturation[i] - query["saturation"]) ** 2,
    )


def test_the_nearest_are_the_nearest() -> None:
    pool = large(300)
    query = {"energy": 0.7, "saturation": 0.2}
    assert list(Nearest(pool).nearest(query, 12)) == brute(pool, query)[:12]
    assert len(Nearest(pool).nearest(query, 999)) == 300
    with pytest.raises(PoolError, match='cannot be asked for "taste"'):
        Nearest(pool).nearest({"taste": 1.0})


def test_attributes_that_are_not_known_are_neither_near_nor_far() -> None:
    pool = tiny_pool(count=3)
    known = torch.ones(3, 2)
    known[2] = 0
    pool = replace(pool, known=known, attributes=torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]))
    assert Nearest(pool).nearest({"family/a": 1.0}, 3) == (0, 2, 1)


def test_what_was_shown_lately_waits() -> None:
    near = Nearest(large(100))
    query, shown = {"energy": 0.5, "brightness": 0.5}, list[int]()
    for i in range(60):
        shown.append(near.pick(query, 4, shown, seed=i))
    for i in range(20, 60):
        assert shown[i] not in shown[max(0, i - 8) : i]
    assert near.nearest(query, 1)[0] in shown
    assert near.pick(query, 4, shown, seed=3) == near.pick(query, 4, shown, seed=3)


def test_only_those_that_are_allowed() -> None:
    near = Nearest(large(50), among=(3, 9, 11))
    assert sorted(near.nearest({"energy": 0.5}, 10)) == [3, 9, 11]


def test_features_of_an_old_pool_are_worked_out() -> None:
    pool = tiny_pool(count=3)
    assert pool.features is None
    found = every(pool)
    assert found.shape == (3, 5) and torch.equal(
        found[1], features_of(torch.stack([pool.frame(1, t) for t in range(8)]), ("#ff0000",))
    )


def test_a_walk_follows_the_music_and_never_jumps() -> None:
    pool = replace(large(100), attributes=torch.zeros(100, 2))
    assert pool.features is not None
    walk = Walk(seed=3, hold=2, morph=2, mode="nearest")
    followed = Followed(pool, range(100), 3)
    share = pool.features[:, 0].argsort().argsort() / 99.0
    last: Place | None = None
    for i in range(400):
        loud = 1.0 if i >= 200 else 0.0
        place = followed.placed(walk_at(walk, 100, i * 0.2), {"energy": loud, "brightness": 0.5})
        if last is not None and place.segment != last.segment:
            assert last.b == place.a
        if i in (150, 390):
            assert abs(float(share[place.a]) - loud) < 0.35
        last = place
    some = Followed(pool, (5, 6, 7), 3)
    assert {some.placed(walk_at(walk, 3, b / 2), {"energy": 0.0}).a for b in range(80)} == {0, 1, 2}
    assert asked({"pick/energy": 0.4, "attr/scale": 1.0, "audio/bass": 0.3}) == {"energy": 0.4}


def test_the_music_is_asked_for_in_mode_nearest_only() -> None:
    loud = AudioFeatures(bands=np.array([1, 1, 0, 0, 0, 0, 0, 0], np.float32))
    now = Moment(5.0, 0.03, 0, (256, 144), loud, BeatState(t=5.0))
    request = request_for(EngineSpec(mode="nearest"), now, (256, 144), 1)
    assert request.walk.mode == "nearest" and asked(request.controls) == {"energy": 1.0, "brightness": 0.0}
    assert asked(request_for(EngineSpec(mode="morph"), now, (256, 144), 1).controls) == {}


def test_the_live_pipeline_walks_to_what_is_asked_for(tmp_path: Path) -> None:
    save_tiny_house(tmp_path / "house")
    house = load_house(tmp_path / "house", torch.float32)
    made = replace(tiny_pool(count=20), features=torch.rand(20, 5))
    step = poolwalk.open(made, house, choose("eager", house, Shapes(4, (4, 2, 2)), tmp_path))
    wish = Request(size=(32, 32), walk=Walk(seed=1, hold=2, morph=2, mode="nearest"), tempo=Tempo(0.0, 0.0, 60.0))
    shown = []
    for beat in range(0, 60, 2):
        chunk = step(replace(wish, controls={"pick/energy": 1.0, "pick/brightness": 0.5}), (float(beat) + 1,))
        shown.append(int(chunk.label["entry"].split(" > ")[1].removeprefix("loop-")))
    assert made.features is not None
    share = made.features[:, 0].argsort().argsort() / 19.0
    assert float(share[shown[2:]].mean()) > 0.6
    assert len(set(shown)) > 4

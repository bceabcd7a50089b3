"""Fetching open weights: asked first, pinned, checked; from a hub that is a folder, and from a small web server."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from engine.adapters import fetch as fetching
from engine.adapters import table
from engine.adapters.contracts import AdapterError, Rule
from engine.adapters.fetch import HuggingFace, Offer, Remote
from engine.adapters.table import Part, Weights
from vj.core.errors import VjError
from vj.studio import models

DOCS = Path(__file__).resolve().parent.parent / "docs"
COMMIT = "a" * 40
HEADER = b'{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}'
GOOD = len(HEADER).to_bytes(8, "little") + HEADER + b"\x01\x02\x03\x04"
FILES = {"config.json": b"{}", "unet/net.safetensors": GOOD, "unet/net.bin": b"pickle", "README.md": b"hello"}
TOY = Weights(
    "toy",
    "taesd",
    (Part("maker/toy", None, ("config.json", "*/*.safetensors"), "base"),),
    "MIT",
    "1 kB",
    "a test",
    "any",
)


class FolderHub:
    """Stands where the network stands."""

    def __init__(self, files: dict[str, bytes], commit: str = COMMIT) -> None:
        self.held, self.commit = dict(files), commit
        self.said = {name: hashlib.sha256(data).hexdigest() for name, data in files.items() if "/" in name}
        self.asked: list[str] = []
        self.came: list[str] = []

    def files(self, repository: str, revision: str) -> tuple[str, tuple[Remote, ...]]:
        self.asked.append(revision)
        found = tuple(Remote(name, len(data), self.said.get(name, "")) for name, data in self.held.items())
        return (self.commit if revision == "main" else revision), found

    def download(self, repository: str, commit: str, name: str, folder: Path) -> None:
        self.came.append(name)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(self.held[name])


def agree(offer: Offer) -> bool:
    return True


def get(folder: Path, hub: FolderHub, weights: Weights = TOY) -> bool:
    return fetching.fetch(weights, folder, hub, agree)


def test_nothing_comes_before_licence_and_size_were_agreed_to(tmp_path: Path) -> None:
    hub, offers = FolderHub(FILES), []

    def refuse(offer: Offer) -> bool:
        offers.append(offer)
        return False

    assert fetching.fetch(TOY, tmp_path / "toy", hub, refuse) is False
    assert hub.came == [] and not (tmp_path / "toy").exists()
    assert offers[0].licence == "MIT" and offers[0].total == len(GOOD) + 2
    assert [remote.name for _, _, remote in offers[0].files] == ["config.json", "unet/net.safetensors"]


def test_fetch_takes_safetensors_and_settings_and_locks_them(tmp_path: Path) -> None:
    hub = FolderHub(FILES)
    assert get(tmp_path, hub)
    assert hub.came == ["config.json", "unet/net.safetensors"], "no pickle, no reading matter"
    lock = json.loads((tmp_path / "lock.json").read_text())
    assert lock["revisions"] == {"maker/toy": COMMIT} and lock["licence"] == "MIT" and lock["whole"] is True
    assert lock["files"]["base/unet/net.safetensors"] == {"sha256": hashlib.sha256(GOOD).hexdigest(), "size": len(GOOD)}
    assert fetching.missing(TOY, tmp_path) == ()
    assert dict(fetching.verify(tmp_path)) == {"base/config.json": True, "base/unet/net.safetensors": True}


def test_the_second_fetch_brings_only_what_is_gone_and_asks_for_the_same_commit(tmp_path: Path) -> None:
    hub = FolderHub(FILES)
    get(tmp_path, hub)
    hub.came.clear()
    hub.commit = "b" * 40  # the makers went on
    assert get(tmp_path, hub) and hub.came == [] and hub.asked == ["main", COMMIT]
    (tmp_path / "base" / "unet" / "net.safetensors").unlink()
    assert fetching.missing(TOY, tmp_path) == ("base/unet/net.safetensors",)
    assert get(tmp_path, hub) and hub.came == ["unet/net.safetensors"]


def test_an_interrupted_fetch_goes_on(tmp_path: Path) -> None:
    class Cut(FolderHub):
        def download(self, repository: str, commit: str, name: str, folder: Path) -> None:
            if name.endswith("safetensors"):
                raise KeyboardInterrupt
            super().download(repository, commit, name, folder)

    with pytest.raises(KeyboardInterrupt):
        get(tmp_path, Cut(FILES))
    assert fetching.missing(TOY, tmp_path)
    hub = FolderHub(FILES)
    assert get(tmp_path, hub) and hub.came == ["unet/net.safetensors"]


def test_other_bytes_than_the_hub_or_the_lock_names_are_refused(tmp_path: Path) -> None:
    hub = FolderHub(FILES)
    hub.said["unet/net.safetensors"] = "0" * 64
    with pytest.raises(AdapterError, match="but the hub's is 000000000000"):
        get(tmp_path, hub)
    assert not (tmp_path / "base" / "unet" / "net.safetensors").exists()
    get(tmp_path, FolderHub(FILES))
    (tmp_path / "base" / "unet" / "net.safetensors").unlink()
    other = GOOD[:-1] + b"\x05"
    with pytest.raises(AdapterError, match=r"but lock\.json is"):
        get(tmp_path, FolderHub({**FILES, "unet/net.safetensors": other}))


def test_a_pickle_is_refused_whatever_it_is_called(tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match="calls itself safetensors and is not"):
        get(tmp_path, FolderHub({"unet/net.safetensors": b"\x80\x02}q\x00." * 9}))
    assert not list(tmp_path.rglob("*.safetensors"))
    greedy = replace(TOY, parts=(Part("maker/toy", None, ("*",)),))
    with pytest.raises(AdapterError, match=r"unet/net\.bin is no safetensors file"):
        get(tmp_path, FolderHub({"unet/net.safetensors": GOOD, "unet/net.bin": b""}), greedy)
    with pytest.raises(AdapterError, match="no safetensors there"):
        get(tmp_path, FolderHub({"config.json": b"{}", "unet/net.bin": b""}))
    with pytest.raises(AdapterError, match="not to be trusted"):
        get(tmp_path, FolderHub({"../x/net.safetensors": GOOD}), greedy)


def test_verify_finds_a_flipped_byte(tmp_path: Path) -> None:
    get(tmp_path, FolderHub(FILES))
    path = tmp_path / "base" / "unet" / "net.safetensors"
    path.write_bytes(GOOD[:-1] + b"\x05")
    assert fetching.missing(TOY, tmp_path) == (), "sizes alone do not tell"
    assert dict(fetching.verify(tmp_path))["base/unet/net.safetensors"] is False


def test_a_pinned_commit_that_does_not_come_is_refused(tmp_path: Path) -> None:
    class Moved(FolderHub):
        def files(self, repository: str, revision: str) -> tuple[str, tuple[Remote, ...]]:
            return "c" * 40, super().files(repository, revision)[1]

    pinned = replace(TOY, parts=(replace(TOY.parts[0], revision=COMMIT),))
    with pytest.raises(AdapterError, match="cccccccccccc, but aaaaaaaaaaaa was asked for"):
        get(tmp_path, Moved(FILES), pinned)


class _Server(BaseHTTPRequestHandler):
    """As much of the hub's web interface as a download needs."""

    def do_HEAD(self) -> None:
        self.do_GET(body=False)

    def do_GET(self, body: bool = True) -> None:
        head = self.path.partition("?")[0]
        if head.startswith("/api/models/maker/toy/revision/"):
            rows = []
            for name, content in FILES.items():
                row: dict[str, Any] = {"rfilename": name, "size": len(content), "blobId": "0" * 40}
                if name.endswith("safetensors"):
                    sha = hashlib.sha256(content).hexdigest()
                    row["lfs"] = {"size": len(content), "sha256": sha, "pointerSize": 1}
                rows.append(row)
            about = {"_id": "0", "id": "maker/toy", "sha": COMMIT, "siblings": rows, "private": False, "tags": []}
            self._answer(json.dumps({**about, "downloads": 0, "likes": 0}).encode(), body, "application/json")
        elif head.startswith(f"/maker/toy/resolve/{COMMIT}/"):
            self._answer(FILES[head.split(f"{COMMIT}/")[1]], body, "application/octet-stream")
        else:
            self.send_error(404)

    def _answer(self, content: bytes, body: bool, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_through_the_hubs_own_client(address: str, tmp_path: Path) -> None:
    pytest.importorskip("huggingface_hub")
    hub = HuggingFace(address)
    assert fetching.fetch(TOY, tmp_path, hub, agree)
    assert (tmp_path / "base" / "unet" / "net.safetensors").read_bytes() == GOOD
    assert fetching.read_lock(tmp_path)["revisions"] == {"maker/toy": COMMIT}
    with pytest.raises(AdapterError, match="maker/none"):
        hub.files("maker/none", "main")


def test_without_a_network_it_is_one_line(tmp_path: Path) -> None:
    pytest.importorskip("huggingface_hub")
    with pytest.raises(AdapterError, match="with a network, try again"):
        fetching.fetch(TOY, tmp_path, HuggingFace("http://127.0.0.1:9"), agree)


def test_the_driver_lists_fetches_and_forgets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VJ_MODELS", str(tmp_path))
    monkeypatch.setattr(table, "TABLE", (TOY,))
    assert [(row.id, row.here, row.bytes) for row in models.listing()] == [("toy", "no", 0)]
    assert models.fetch("toy", agree, hub=FolderHub(FILES))
    assert models.listing()[0].here == "yes" and models.listing()[0].bytes > len(GOOD)
    assert all(good for _, good in models.verify("toy"))
    assert models.label_of("toy") == {"model": "toy", "weights": f"maker/toy@{COMMIT[:12]}", "licence": "MIT"}
    assert models.forget("toy") > len(GOOD) and not (tmp_path / "toy").exists()
    with pytest.raises(VjError, match="not here"):
        models.forget("toy")


def test_weights_that_are_not_here_name_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VJ_MODELS", str(tmp_path))
    pytest.importorskip("torch")
    pytest.importorskip("diffusers")
    with pytest.raises(VjError, match="vj models fetch wan"):
        models.generator("wan", device="cpu")
    with pytest.raises(VjError, match="it makes no frames"):
        models.generator("depth")
    with pytest.raises(VjError, match='did you mean "wan"'):
        models.generator("wann")
    with pytest.raises(VjError, match="take realesrgan"):
        models.upscaler("clip")
    with pytest.raises(VjError, match="no tiny decoder"):
        models.generator("flux-klein", device="cpu", tiny=True)


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vj.commands.models import app

    monkeypatch.setenv("VJ_MODELS", str(tmp_path))
    done = CliRunner().invoke(app, ["ls", "--json"])
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)
    assert [row["id"] for row in rows] == [w.id for w in table.TABLE] and {row["here"] for row in rows} == {"no"}
    monkeypatch.setattr(models, "HuggingFace", lambda: FolderHub(FILES))
    monkeypatch.setattr(table, "TABLE", (TOY,))
    asked = CliRunner().invoke(app, ["fetch", "toy"], input="n\n")
    assert isinstance(asked.exception, VjError) and not (tmp_path / "toy").exists()
    assert "licence: MIT" in asked.output and "Download?" in asked.output
    assert CliRunner().invoke(app, ["fetch", "toy", "--yes"]).exit_code == 0
    assert CliRunner().invoke(app, ["verify", "toy"]).exit_code == 0
    (tmp_path / "toy" / "base" / "config.json").write_bytes(b"[]")
    assert isinstance(CliRunner().invoke(app, ["verify", "toy"]).exception, VjError)


def test_the_page_is_the_table() -> None:
    page = (DOCS / "models-open.md").read_text()
    assert page == table.markdown(), "vj models table > docs/models-open.md"
    for weights in table.TABLE:
        assert f"| `{weights.id}` |" in page and weights.licence in page


def test_rows_are_whole() -> None:
    here = {p.stem for p in Path(table.__file__).parent.glob("*.py")}
    assert len({w.id for w in table.TABLE}) == len(table.TABLE)
    for weights in table.TABLE:
        assert weights.adapter in here and weights.licence and weights.use
        assert isinstance(weights.rule, Rule) == (weights.size_px is not None)
        for part in weights.parts:
            assert part.revision is None or len(part.revision) == 40
            assert any(pattern.endswith(".safetensors") for pattern in part.files)
            assert not any(pattern.endswith((".bin", ".ckpt", ".pt", ".pth", "*")) for pattern in part.files)

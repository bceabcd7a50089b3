"""Labels: what is written comes back, is trusted, and any byte that is changed since is found."""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as xml

import av
import c2pa
import numpy as np
import pytest
from labelled import DREAM, FORMS, movie, plain, sealed
from PIL import Image
from typer.testing import CliRunner

from vj.cli import app
from vj.core.errors import MediaError
from vj.labels import credentials, xmp
from vj.labels.about import SOURCES, About, sha256
from vj.labels.seal import label, seal
from vj.labels.verify import CHANGED, INTACT, UNLABELLED, about_of, verify

URI = "http://cv.iptc.org/newscodes/digitalsourcetype/"
ROOT = Path(__file__).resolve().parent.parent


def pixels(path: Path) -> list[bytes]:
    if path.suffix == ".mp4":
        with av.open(str(path)) as film:
            return [frame.to_ndarray(format="rgb24").tobytes() for frame in film.decode(video=0)]
    return [np.asarray(Image.open(path)).tobytes()]


@pytest.mark.parametrize("form", FORMS)
def test_a_labelled_file_is_trusted_says_what_it_is_and_looks_the_same(tmp_path: Path, form: str) -> None:
    before = pixels(plain(tmp_path, form))
    path = sealed(tmp_path, form)
    report = verify(path, look=False)
    signed, second = report.layers[:2]
    assert (report.verdict, report.trusted, signed.state) == (INTACT, True, "trusted")
    assert signed.source_type == second.source_type == "trainedAlgorithmicMedia"
    assert signed.said["prompt_sha256"] == sha256("ein Wald, grün") and signed.said["seed"] == "3"
    assert second.state == "ours" and second.said["model"] == "house"
    assert "grün".encode() not in path.read_bytes()
    assert pixels(path) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"plain.{form}", f"sealed.{form}"]  # no copies left


@pytest.mark.parametrize("form", FORMS)
def test_none_of_many_changed_bytes_passes(tmp_path: Path, form: str) -> None:
    whole = sealed(tmp_path, form).read_bytes()
    path, rng = tmp_path / f"changed.{form}", np.random.default_rng(9)
    store = whole.rfind(b"org.vj.whole")  # here lies what C2PA itself does not sign
    for at in (*rng.integers(0, len(whole), 100), *rng.integers(store - 700, store + 70, 20), store, len(whole) - 1):
        broken = bytearray(whole)
        broken[at] ^= 1 << int(rng.integers(8))
        path.write_bytes(broken)
        try:
            assert verify(path, look=False).verdict == CHANGED, at
        except MediaError:
            assert at < 12  # not even its form is known any more
    for other in (whole + b"\0", whole + b"\0\0\0\x08free", whole[:-1], whole[: len(whole) // 2]):
        path.write_bytes(other)
        assert verify(path, look=False).verdict == CHANGED
    path.write_bytes(whole)
    assert verify(path, look=False).verdict == INTACT


def test_what_c2pa_alone_would_not_see_is_seen(tmp_path: Path) -> None:
    path = sealed(tmp_path, "mp4")
    whole = bytearray(path.read_bytes())
    whole[whole.rfind(b"mfra") + 30] ^= 1
    path.write_bytes(whole)
    assert credentials.read(path, "mp4").state == "trusted"
    report = verify(path, look=False)
    assert (report.verdict, report.trusted) == (CHANGED, False)


@pytest.mark.parametrize("form", FORMS)
def test_a_plain_file_is_not_labelled_and_one_whose_label_was_taken_off_is_changed(tmp_path: Path, form: str) -> None:
    path = plain(tmp_path, form)
    assert verify(path, look=False).verdict == UNLABELLED
    with path.open("rb") as old, (tmp_path / f"half.{form}").open("wb") as new:
        xmp.rewrite(old, new, form, DREAM)
    report = verify(tmp_path / f"half.{form}", look=False)
    assert (report.verdict, report.layers[0].state) == (CHANGED, "none")


@pytest.mark.parametrize("form", FORMS)
def test_a_label_from_elsewhere_is_not_trusted(tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("VJ_CONFIG", str(tmp_path / "somebody"))
        path = sealed(tmp_path, form)
    report = verify(path, look=False)
    assert (report.verdict, report.trusted, report.layers[0].state) == (INTACT, False, "valid")
    assert "not known here" in report.reason


@pytest.mark.parametrize("kind", SOURCES)
def test_each_kind_has_its_source_type_and_its_actions(tmp_path: Path, kind: str) -> None:
    photo = plain(tmp_path, "jpg", "photo")
    media = (photo,) if kind in ("composite", "edited") else ()
    path = sealed(tmp_path, "mp4", About(kind, {"pipeline": "style"}, media, marked=b"\1\2\3\4\5\6\7"))
    found = credentials.read(path, "mp4")
    assert found.state == "trusted" and found.source_type == URI + SOURCES[kind]
    first = ("c2pa.opened", "c2pa.edited") if kind == "edited" else ("c2pa.created",)
    more = ("c2pa.placed",) if kind == "composite" else ()
    assert found.actions == (*first, *more, "c2pa.watermarked.unbound")
    assert found.made["watermark"] == "01020304050607"
    if media:
        assert found.ingredients == ("photo.jpg",)
        assert found.made["inputs"][0]["sha256"] == __import__("hashlib").sha256(photo.read_bytes()).hexdigest()


def test_a_signed_photo_is_taken_along_whole(tmp_path: Path) -> None:
    photo = sealed(tmp_path, "jpg", About("drawn", {"pipeline": "camera-of-somebody"}))
    path = plain(tmp_path, "mp4")
    label(path, About("composite", {"pipeline": "image2video"}, (photo,)))
    assert b"camera-of-somebody" in path.read_bytes()
    assert verify(path, look=False).verdict == INTACT


@pytest.mark.parametrize("form", FORMS)
def test_labelled_again_the_old_manifest_is_the_parent(tmp_path: Path, form: str) -> None:
    path = sealed(tmp_path, form)
    label(path, replace(DREAM, kind="composite"))
    report = verify(path, look=False)
    assert report.verdict == INTACT and report.layers[0].source_type == SOURCES["composite"]
    found = credentials.read(path, form)
    assert found.actions[:2] == ("c2pa.opened", "c2pa.edited") and found.ingredients == (path.name,)
    with path.open("rb") as file:
        assert xmp.read(file, form).count(b"DigitalSourceType>") == 2  # one pair of tags


def test_prompts_and_consent_are_hashes_unless_words_are_asked_for() -> None:
    about = About("generated", {"prompt": "blue ink", "motion": "slow"}, consent="Ada, the show, 2026-11-01")
    assert about.told == {
        "prompt_sha256": sha256("blue ink"),
        "motion_sha256": sha256("slow"),
        "consent_sha256": sha256("Ada, the show, 2026-11-01"),
    }
    assert replace(about, words=True).told["prompt"] == "blue ink"


def test_what_a_comment_says_is_read_back_with_the_same_watermark() -> None:
    again = About.of(DREAM.comment)
    assert again is not None and again.mark == DREAM.mark and again.kind == "generated"
    assert About.of("shot on a Tuesday") is None and About.of('{"source_type": "magic"}') is None


FOREIGN = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" Iptc4xmpExt:DigitalSourceType="old">'
    "<dc:creator><rdf:Seq><rdf:li>Ada Ölmez</rdf:li></rdf:Seq></dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>"
)


def test_xmp_of_others_is_kept_and_the_old_source_type_is_not() -> None:
    found = xmp.packet(DREAM, FOREIGN.encode())
    assert "Ada Ölmez".encode() in found and b"dc:creator" in found and b'"old"' not in found
    assert xmp.packet(DREAM, found) == found
    assert xmp.told(found)["source_type"] == URI + "trainedAlgorithmicMedia"


@pytest.mark.parametrize("broken", [b"<x:xmp", b"\0\0\0", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"])
def test_broken_xmp_is_replaced(broken: bytes) -> None:
    assert xmp.told(xmp.packet(DREAM, broken))["made"] == DREAM.comment


def test_xmp_is_found_by_other_readers(tmp_path: Path) -> None:
    png, jpg, mp4 = (sealed(tmp_path, form) for form in FORMS)
    texts = [Image.open(png).info["XML:com.adobe.xmp"], Image.open(jpg).info["xmp"]]
    whole = mp4.read_bytes()
    at = whole.rfind(b"uuid" + xmp.UUID) - 4
    texts.append(whole[at + 24 : at + int.from_bytes(whole[at : at + 4], "big")])
    for text in texts:
        tree = xml.fromstring(text if isinstance(text, str) else text.decode())
        assert next(tree.iter(xmp.SOURCE)).text == URI + "trainedAlgorithmicMedia"


def test_fragments_are_found_where_the_index_says(tmp_path: Path) -> None:
    path = movie(tmp_path / "long.mp4", 3)
    label(path, DREAM)
    whole = path.read_bytes()
    at = whole.rfind(b"tfra") + 4
    count = int.from_bytes(whole[at + 12 : at + 16], "big")
    assert count >= 5
    row = (whole.find(b"tfra", at) if whole.find(b"tfra", at) > 0 else whole.rfind(b"mfro")) - 4 - at - 16
    for n in range(count):
        place = at + 16 + n * (row // count) + 8
        assert whole[int.from_bytes(whole[place : place + 8], "big") + 4 :][:4] == b"moof"
    with av.open(str(path)) as film:
        film.seek(2_000_000)
        assert abs(float(next(film.decode(video=0)).time) - 2.0) < 0.6


def test_a_film_with_its_table_at_the_end_plays_the_same(tmp_path: Path) -> None:
    path = tmp_path / "plain.mp4"
    with av.open(str(path), "w") as film:  # moov behind mdat, offsets from the start of the file
        stream = film.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for n in range(12):
            film.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((48, 64, 3), 20 * n, np.uint8), format="rgb24")))
        film.mux(stream.encode())
    before = pixels(path)
    for _ in range(2):
        label(path, About("edited"))
        assert pixels(path) == before and verify(path, look=False).verdict == INTACT


@pytest.mark.parametrize("cut", [0.3, 0.55, 0.8, 0.99])
def test_a_film_that_broke_off_is_labelled_and_loses_nothing(tmp_path: Path, cut: float) -> None:
    whole = movie(tmp_path / "whole.mp4", 2).read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole[: int(len(whole) * cut)])

    def shown() -> list[bytes]:
        frames = []
        try:
            with av.open(str(path)) as film:
                for frame in film.decode(video=0):
                    frames.append(frame.to_ndarray(format="rgb24").tobytes())
        except av.error.InvalidDataError:
            pass
        return frames

    before = shown()
    assert before and seal(path, DREAM)
    assert verify(path, look=False).verdict == INTACT
    assert shown()[: len(before) - 1] == before[:-1]


def test_sealing_keeps_mode_and_links_and_never_raises(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = plain(tmp_path, "png")
    path.chmod(0o640)
    (tmp_path / "link.png").symlink_to(path)
    assert seal(tmp_path / "link.png", DREAM)
    assert path.stat().st_mode & 0o777 == 0o640 and (tmp_path / "link.png").is_symlink()
    text = tmp_path / "ü no.png"
    text.write_bytes(b"\x89PNG\r\n\x1a\nno picture at all")
    assert not seal(text, DREAM)
    told = capsys.readouterr().err
    assert "not labelled" in told and f"vj label {text}" in told
    assert text.read_bytes().endswith(b"at all") and len(list(tmp_path.iterdir())) == 3


def test_no_socket_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no(*_: object, **__: object) -> None:
        raise AssertionError("a socket")

    monkeypatch.setattr(socket, "socket", no)
    for form in FORMS:
        assert verify(sealed(tmp_path, form), look=False).trusted


@pytest.mark.skipif(shutil.which("unshare") is None, reason="unshare is not here")
def test_without_any_network_it_is_the_same(tmp_path: Path) -> None:
    """The library is native code: only the system can show that it needs no network."""
    path = plain(tmp_path, "mp4")
    code = (
        "import sys; from pathlib import Path; from vj.labels.about import About; from vj.labels.seal import label;"
        "from vj.labels.verify import verify; p = Path(sys.argv[1]); label(p, About('drawn')); "
        "assert verify(p, False).trusted; print('trusted')"
    )
    done = subprocess.run(
        ["unshare", "-rn", sys.executable, "-c", code, str(path)], capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    if "unshare" in done.stderr:
        pytest.skip("no namespaces here")
    assert done.stdout.strip() == "trusted", done.stderr


def test_a_manifest_elsewhere_is_not_fetched(tmp_path: Path) -> None:
    path = sealed(tmp_path, "png")
    assert credentials.OFFLINE["verify"] == {
        "remote_manifest_fetch": False,
        "ocsp_fetch": False,
        "verify_after_sign": False,
    }
    with c2pa.Reader(str(path)) as reader:
        assert reader.is_embedded() and reader.get_remote_url() is None


def run(*argv: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(argv))
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout


def test_commands_and_their_exit_codes(tmp_path: Path) -> None:
    path = plain(tmp_path, "png", "grün")
    assert run("verify", str(path))[0] == UNLABELLED
    with pytest.raises(Exception, match="--kind generated, composite, drawn, edited"):
        run("label", str(path))
    with pytest.raises(Exception, match="did you mean"):
        run("label", str(path), "--kind", "draw")
    assert run("label", str(path), "--kind", "drawn")[0] == 0
    code, said = run("verify", str(path), "--json")
    report = json.loads(said)[0]
    assert (code, report["verdict"], report["trusted"]) == (INTACT, "intact", True)
    assert [layer["name"] for layer in report["layers"]] == ["c2pa", "xmp", "comment", "watermark"]
    path.write_bytes(path.read_bytes() + b"!")
    code, said = run("verify", str(path), str(plain(tmp_path, "jpg")))
    assert code == CHANGED and "CHANGED" in said and "not labelled" in said
    for wrong in (tmp_path / "none.png", tmp_path / "empty.png", Path(__file__)):
        if wrong.name == "empty.png":
            wrong.touch()
        with pytest.raises(MediaError):
            run("verify", str(wrong))


def test_a_broken_file_that_never_had_a_label_is_not_called_changed(tmp_path: Path) -> None:
    path = tmp_path / "bad.mp4"
    path.write_bytes(b"\0\0\0\x18ftypisom")
    report = verify(path)
    assert report.verdict == UNLABELLED and "broken" in report.reason


def test_layers_that_say_different_things_are_told(tmp_path: Path) -> None:
    path = movie(tmp_path / "show.mp4", comment=replace(DREAM, kind="drawn").comment)
    label(path, DREAM)
    _, plain_layer, comment, _ = verify(path, look=False).layers
    assert plain_layer.note == "as the signed label" and comment.note == "NOT as the signed label"


def test_a_recording_of_ours_needs_no_kind(tmp_path: Path) -> None:
    path = movie(tmp_path / "show.mp4", comment=DREAM.comment)
    assert verify(path, look=False).verdict == UNLABELLED
    assert run("label", str(path))[0] == 0
    report = verify(path, look=False)
    assert report.verdict == INTACT and report.layers[2].state == "ours"
    found = about_of(path)
    assert found is not None and found.mark == DREAM.mark


def test_stream_and_file_agree(tmp_path: Path) -> None:
    """Another program with our root trusts it too; without it the signature is good but unknown."""
    path = sealed(tmp_path, "jpg")
    with c2pa.Reader("image/jpeg", io.BytesIO(path.read_bytes())) as reader:
        assert reader.get_validation_state() == "Valid"
    assert os.environ["VJ_CONFIG"] not in path.read_bytes().decode("latin-1")

"""Who signs: made once, kept private, renewed; or as the user says, with every mistake named."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.x509.oid import NameOID
from labelled import DREAM, FORMS, plain

from vj.core.errors import VjError
from vj.labels import identity as who
from vj.labels.seal import label
from vj.labels.verify import CHANGED, INTACT, verify

PEM = serialization.Encoding.PEM
PRIVATE = (PEM, serialization.PrivateFormat.PKCS8)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VJ_CONFIG", str(tmp_path / "config"))
    return tmp_path / "config" / "identity"


def test_it_is_made_once_and_private(home: Path) -> None:
    first = who.identity()
    assert who.identity().chain == first.chain and first.alg == "es256"
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in home.iterdir()} == dict.fromkeys(
        ("root.key", "root.pem", "signer.pem"), 0o600
    )
    assert [path.name for path in home.parent.iterdir()] == ["identity"]


def test_the_certificates_name_nobody(home: Path) -> None:
    leaf, root = x509.load_pem_x509_certificates(who.identity().chain)
    names = {cert.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value for cert in (leaf, root)}
    assert names == {"vj user", "vj user root"}
    text = leaf.public_bytes(serialization.Encoding.DER) + root.public_bytes(serialization.Encoding.DER)
    assert os.uname().nodename.encode() not in text
    leaf.verify_directly_issued_by(root)


def test_two_processes_at_once_end_up_with_one(home: Path) -> None:
    code = "from vj.labels.identity import identity; print(identity().chain.decode())"
    running = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=dict(os.environ))
        for _ in range(4)
    ]
    assert len({process.communicate(timeout=60)[0] for process in running}) == 1


def test_a_signer_that_runs_out_is_renewed_and_the_root_stays(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(who, "SIGNER_YEARS", 0)
    home.parent.mkdir(parents=True)
    who._make(home)
    monkeypatch.setattr(who, "SIGNER_YEARS", 20)
    old = (home / "signer.pem").read_bytes()
    root = (home / "root.pem").read_bytes()
    chain = who.identity().chain
    assert (home / "signer.pem").read_bytes() != old and chain.endswith(root)
    assert stat.S_IMODE((home / "signer.pem").stat().st_mode) == 0o600


def test_a_broken_identity_is_told(home: Path) -> None:
    home.mkdir(parents=True)
    (home / "signer.pem").write_text("nothing")
    (home / "root.pem").write_text("nothing")
    with pytest.raises(VjError, match=r"move .* away"):
        who.identity()


def pair(key: object, folder: Path, other: object = None) -> tuple[str, str]:
    """A root of its own that signs a certificate for `key`; paths of chain and key (or of another key)."""
    ca = ec.generate_private_key(ec.SECP384R1())
    root = who._certificate("studio root", ca, None, 5)
    leaf = who._certificate("studio", key, (root, ca), 5)  # type: ignore[arg-type]
    cert, secret = folder / "chain.pem", folder / "key.pem"
    cert.write_bytes(leaf.public_bytes(PEM) + root.public_bytes(PEM))
    secret.write_bytes((other or key).private_bytes(*PRIVATE, serialization.NoEncryption()))  # type: ignore[attr-defined]
    return str(cert), str(secret)


KEYS: dict[str, Callable[[], object]] = {
    "es256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "es384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ps256": lambda: rsa.generate_private_key(65537, 2048),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}


@pytest.mark.parametrize("alg", KEYS)
def test_keys_of_the_user_sign_every_form(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alg: str
) -> None:
    cert, key = pair(KEYS[alg](), tmp_path)
    monkeypatch.setenv(who.CERT, cert)
    monkeypatch.setenv(who.KEY, key)
    assert who.identity().alg == alg
    for form in FORMS:
        path = plain(tmp_path, form)
        label(path, DREAM)
        report = verify(path, look=False)
        assert (report.verdict, report.trusted, report.signer) == (INTACT, True, "studio")
        whole = bytearray(path.read_bytes())
        whole[whole.rfind(b"org.vj.whole") - 100] ^= 1  # in the padding, which C2PA does not sign
        path.write_bytes(whole)
        assert verify(path, look=False).verdict == CHANGED
    assert not home.exists()


def test_mistakes_in_what_is_given_are_named(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = ec.generate_private_key(ec.SECP256R1())
    cert, key = pair(good, tmp_path)
    locked = tmp_path / "locked.pem"
    locked.write_bytes(good.private_bytes(*PRIVATE, serialization.BestAvailableEncryption(b"x")))
    (tmp_path / "no.pem").write_text("no")
    dsa_key = tmp_path / "dsa.pem"
    dsa_key.write_bytes(dsa.generate_private_key(2048).private_bytes(*PRIVATE, serialization.NoEncryption()))
    other = tmp_path / "other.pem"
    other.write_bytes(KEYS["es256"]().private_bytes(*PRIVATE, serialization.NoEncryption()))  # type: ignore[attr-defined]
    for chain, secret, told in (
        (cert, "", "VJ_C2PA_KEY is not set"),
        ("", key, "VJ_C2PA_CERT is not set"),
        ("/no/such.pem", key, "VJ_C2PA_CERT=/no/such.pem: cannot be read"),
        (cert, "/no/such.pem", "VJ_C2PA_KEY=/no/such.pem: cannot be read"),
        (str(tmp_path / "no.pem"), key, "not a PEM chain"),
        (cert, str(tmp_path / "no.pem"), "not a private key"),
        (cert, str(locked), "has a password"),
        (cert, str(other), "does not belong"),
        (cert, str(dsa_key), "does not belong"),
    ):
        monkeypatch.setenv(who.CERT, chain)
        monkeypatch.setenv(who.KEY, secret)
        with pytest.raises(VjError, match=told):
            who.identity()

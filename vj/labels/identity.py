"""Who signs: a key and a certificate of this user's own, made on first use, or those that the user names.

Profile of the certificates: C2PA 2.2, 14.5 (keyUsage digitalSignature, an extended key usage, not a CA)."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from vj.core.errors import VjError
from vj.core.paths import config_dir

CERT, KEY = "VJ_C2PA_CERT", "VJ_C2PA_KEY"
ROOT_YEARS, SIGNER_YEARS = 40, 20
"""without a time stamp from the network a signature counts only as long as its certificate, so these are long"""
RENEW = timedelta(days=30)
ROOTS = Path(__file__).parent / "roots"
"""*.pem of signers that come with the program"""
PEM = serialization.Encoding.PEM
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}


@dataclass(frozen=True, slots=True)
class Identity:
    """chain: PEM, the signer's certificate first; alg: as C2PA names it."""

    chain: bytes
    key: PrivateKey
    alg: str

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def identity() -> Identity:
    """The one that signs here. Raises VjError naming the variable and the file that are wrong."""
    cert, key = os.environ.get(CERT, ""), os.environ.get(KEY, "")
    if bool(cert) != bool(key):
        missing = KEY if cert else CERT
        raise VjError(f"{missing} is not set, but its counterpart is", f"set both {CERT} and {KEY}, or none")
    return _given(Path(cert), Path(key)) if cert else _own()


def anchors() -> str:
    """PEM of all roots that are trusted here: this user's own, the one of VJ_C2PA_CERT, those of the roots folder."""
    files = [folder() / "root.pem", Path(os.environ.get(CERT) or os.devnull), *sorted(ROOTS.glob("*.pem"))]
    texts = [file.read_text("utf-8", "replace") for file in files if file.is_file()]
    roots = []
    for text in texts:
        try:
            roots += [c for c in x509.load_pem_x509_certificates(text.encode()) if _is_ca(c)]
        except ValueError:
            continue  # one file that is no certificate must not take trust from the others
    return "".join(root.public_bytes(PEM).decode() for root in roots)


def folder() -> Path:
    """Where the user's own identity lies, or will."""
    return config_dir() / "identity"


def _own() -> Identity:
    home = folder()
    try:
        if not (home / "signer.pem").is_file():
            _make(home)
        signer = (home / "signer.pem").read_bytes()
        root = (home / "root.pem").read_bytes()
        cert = x509.load_pem_x509_certificate(signer)
        if cert.not_valid_after_utc < datetime.now(UTC) + RENEW:
            signer = _renewed(home)
        key = serialization.load_pem_private_key(signer, None)
        cert = x509.load_pem_x509_certificate(signer)
    except (OSError, ValueError, TypeError) as error:
        raise VjError(
            f"{home}: the signing identity cannot be used ({error})", f"move {home} away, a new one is made"
        ) from None
    return Identity(cert.public_bytes(PEM) + root, *_kind(key, home / "signer.pem"))


def _make(home: Path) -> None:
    """All files at once: of two processes that do so together the first wins, and both use what it made."""
    home.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=".identity-", dir=home.parent))  # mode 0700
    try:
        key = ec.generate_private_key(ec.SECP256R1())
        root = _certificate("vj user root", key, None, ROOT_YEARS)
        _write(new / "root.key", _private(key))
        _write(new / "root.pem", root.public_bytes(PEM))
        _write(new / "signer.pem", _signer(root, key))
        os.rename(new, home)
    except OSError:
        if not (home / "signer.pem").is_file():
            raise
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _renewed(home: Path) -> bytes:
    root = x509.load_pem_x509_certificate((home / "root.pem").read_bytes())
    key = serialization.load_pem_private_key((home / "root.key").read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("root.key is not the one that was made here")
    fresh = _signer(root, key)
    part = home / f"signer.{os.getpid()}.part"
    _write(part, fresh)
    os.replace(part, home / "signer.pem")
    return fresh


def _signer(root: x509.Certificate, root_key: ec.EllipticCurvePrivateKey) -> bytes:
    """Key and certificate in one file: they are always of one piece."""
    key = ec.generate_private_key(ec.SECP256R1())
    return _private(key) + _certificate("vj user", key, (root, root_key), SIGNER_YEARS).public_bytes(PEM)


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    by: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None,
    years: int,
) -> x509.Certificate:
    """by: who signs it; None: a root, by itself. Neither host nor user are named."""
    subject = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "vj"), x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )
    start = datetime.now(UTC) - timedelta(days=1)
    use = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    public, signing = key.public_key(), by[1] if by else key
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by[0].subject if by else subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365 * years))
        .add_extension(x509.BasicConstraints(by is None, None if by else 0), True)
        .add_extension(
            x509.KeyUsage(digital_signature=by is not None, key_cert_sign=by is None, crl_sign=by is None, **use), True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), False)
    )
    if by:
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
    return made.sign(signing, hashes.SHA256())


def _given(cert: Path, key: Path) -> Identity:
    chain = _read(cert, CERT)
    try:
        certs = x509.load_pem_x509_certificates(chain)
    except ValueError as error:
        raise VjError(
            f"{CERT}={cert}: not a PEM chain of certificates ({error})", "the signer's certificate first"
        ) from None
    try:
        found = serialization.load_pem_private_key(_read(key, KEY), None)
    except TypeError:
        raise VjError(f"{KEY}={key}: the key has a password", "give it without one, readable by you alone") from None
    except ValueError as error:
        raise VjError(f"{KEY}={key}: not a private key in PEM ({error})", "PKCS#8 works") from None
    form = (PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    if found.public_key().public_bytes(*form) != certs[0].public_key().public_bytes(*form):
        raise VjError(f"{KEY}={key} does not belong to the first certificate of {CERT}={cert}", "give the pair")
    return Identity(chain, *_kind(found, key))


def _kind(key: object, path: Path) -> tuple[PrivateKey, str]:
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in CURVES:
        return key, CURVES[key.curve.name]
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key, "ed25519"
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= 2048:
        return key, "ps256"
    raise VjError(
        f"{path}: a key of a kind that C2PA does not know", "ECDSA (P-256, P-384, P-521), RSA 2048 or Ed25519"
    )


def _read(path: Path, variable: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise VjError(f"{variable}={path}: cannot be read ({error.strerror})", "check the path") from None


def _is_ca(cert: x509.Certificate) -> bool:
    try:
        return cert.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _write(path: Path, text: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())

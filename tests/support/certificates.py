"""Certificates for tests: a CA, and servers that it vouches for or does not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_PEM = serialization.Encoding.PEM


@dataclass(frozen=True)
class Certificates:
    """Files: ``ca`` is a CA's certificate; ``server`` and ``other`` are certificates of `localhost` with their keys, the
    first by the CA, the second self-signed.
    """

    ca: Path
    server: Path
    other: Path


def make_certificates(folder: Path) -> Certificates:
    """A CA and two servers named `localhost`."""
    ca_key, ca = _signed("A test's CA", None, None)
    made = Certificates(folder / "ca.crt", folder / "server.pem", folder / "other.pem")
    made.ca.write_bytes(ca.public_bytes(_PEM))
    for file, issuer in ((made.server, (ca_key, ca)), (made.other, (None, None))):
        key, certificate = _signed("localhost", *issuer)
        secret = key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        file.write_bytes(secret + certificate.public_bytes(_PEM))
    return made


def _signed(name: str, issuer_key: Any, issuer: Any) -> tuple[Any, Any]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    authority = issuer is None
    certificate = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject if authority else issuer.subject)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1)).not_valid_after(datetime(2120, 1, 1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .sign(issuer_key or key, hashes.SHA256())
    )  # fmt: skip
    return key, certificate

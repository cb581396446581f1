"""TLS: which modes encrypt, which verify the certificate and the name."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from qupersync.redshift.arrow import batch_of
from qupersync.redshift.wire import Address, Session, WireError
from qupersync.warehouse.server import EmbeddedServer
from tests.support.wire_rows import read


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate of `localhost`, in one file with its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
        .not_valid_before(datetime(2020, 1, 1)).not_valid_after(datetime(2120, 1, 1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    pem = serialization.Encoding.PEM
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()) + made.public_bytes(pem)
    )
    return file


@pytest.fixture(scope="module")
def secured(server: EmbeddedServer, certificate: Path) -> Iterator[int]:
    """The port of a proxy that offers TLS: the embedded server does not."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def serve(client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            client.recv(8)
            client.sendall(b"S")
            inside = context.wrap_socket(client, server_side=True)
            upstream = socket.create_connection(("127.0.0.1", server.port))
            threading.Thread(target=pump, args=(inside, upstream), daemon=True).start()
            pump(upstream, inside)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=serve, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield int(listener.getsockname()[1])
    listener.close()


@pytest.mark.parametrize("sslmode", ["allow", "prefer", "require"])
def test_tls_without_verification(address: Address, secured: int, sslmode: str) -> None:
    session = Session(replace(address, port=secured, sslmode=sslmode))
    assert isinstance(session._socket, ssl.SSLSocket)
    query = "select n::bigint as n, repeat('x', 500) as text from generate_series(1, 30000) as n"
    assert sum(batch_of(piece).num_rows for piece in session.rows(query)) == 30000
    assert session.alive()
    session.close()


def test_certificate_and_name_are_verified(
    address: Address, secured: int, certificate: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    known = tmp_path / "root.crt"
    lines = certificate.read_text(encoding="utf-8")
    known.write_text(lines[lines.index("-----BEGIN CERTIFICATE") :], encoding="utf-8")
    monkeypatch.setenv("PGSSLROOTCERT", str(known))
    for host, sslmode in (("localhost", "verify-full"), ("127.0.0.1", "verify-ca")):
        session = Session(replace(address, host=host, port=secured, sslmode=sslmode))
        assert read(session, "select 1 as n") == [{"n": 1}]
        session.close()
    with pytest.raises(ssl.SSLCertVerificationError, match=r"127\.0\.0\.1"):
        Session(replace(address, port=secured, sslmode="verify-full"))
    monkeypatch.setenv("PGSSLROOTCERT", "system")
    with pytest.raises(ssl.SSLCertVerificationError, match="self-signed"):
        Session(replace(address, host="localhost", port=secured, sslmode="verify-full"))
    monkeypatch.setenv("PGSSLROOTCERT", str(tmp_path / "none.crt"))
    with pytest.raises(OSError, match="No such file"):
        Session(replace(address, host="localhost", port=secured, sslmode="verify-ca"))


def test_server_without_tls_is_refused(address: Address) -> None:
    with pytest.raises(WireError, match="does not offer TLS"):
        Session(replace(address, sslmode="require"))
    session = Session(replace(address, sslmode="prefer"))
    session.close()

"""The wire: every type and value as another driver tells it, whatever the pieces; errors, ends, ways to log in, TLS."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg2
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qupersync import wire
from qupersync.clusters import ClusterConfig
from qupersync.embedded import USER, EmbeddedServer
from qupersync.reader import ClusterReader
from qupersync.rows import UnknownTypeError, batch_of
from qupersync.wire import Address, LostError, Session, WireError

TYPES = {"small": "int2", "medium": "int4", "large": "int8", "share": "float8", "flag": "boolean", "word": "varchar(200)",
         "long": "text", "moment": "timestamp"}  # fmt: skip
words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
VALUES = {
    "small": st.integers(-(2**15), 2**15 - 1), "medium": st.integers(-(2**31), 2**31 - 1), "large": st.integers(-(2**63), 2**63 - 1),
    "share": st.floats(allow_nan=False), "flag": st.booleans(), "word": words, "long": words | words.map(lambda text: 60 * text),
    "moment": st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)),
}  # fmt: skip
rows_of_values = st.lists(
    st.fixed_dictionaries({name: st.none() | values for name, values in VALUES.items()}), max_size=30
)


@pytest.fixture(scope="module")
def address(server: EmbeddedServer) -> Address:
    return Address("127.0.0.1", server.port, "postgres", USER, server.password, "disable", 20)


@pytest.fixture
def session(address: Address) -> Iterator[Session]:
    made = Session(address)
    yield made
    made.close()


def read(session: Session, query: str) -> list[dict[str, Any]]:
    return [row for piece in session.rows(query) for row in batch_of(piece).to_pylist()]


@pytest.fixture(scope="module")
def table(server: EmbeddedServer) -> Iterator[Any]:
    connection = psycopg2.connect(server.url("postgres"))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("set timezone to 'UTC'")
        cursor.execute(f"create table wired (n int, {', '.join(f'{name} {kind}' for name, kind in TYPES.items())})")
        yield cursor
        cursor.execute("drop table wired")
    connection.close()


@settings(max_examples=60, deadline=None)
@given(rows=rows_of_values, piece=st.sampled_from([16, 100, 1000, 1 << 22]))
def test_every_value_comes_as_another_driver_tells_it(
    address: Address, table: Any, rows: list[dict[str, Any]], piece: int
) -> None:
    table.execute("truncate wired")
    for n, row in enumerate(rows):
        table.execute(
            f"insert into wired values (%s, {', '.join(['%s'] * len(row))})", (n, *(row[name] for name in TYPES))
        )
    query = f"select {', '.join(TYPES)} from wired order by n"
    table.execute(query)
    told = [dict(zip(TYPES, row)) for row in table.fetchall()]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wire, "PIECE", piece)
        with contextlib.closing(Session(address)) as session:
            assert read(session, query) == told == rows
            assert read(session, "select 1 as n") == [{"n": 1}]  # and it goes on


def test_rows_come_in_pieces_of_bounded_size(session: Session) -> None:
    pieces = list(session.rows("select n::bigint as n, repeat('x', 1000) as text from generate_series(1, 20000) as n"))
    assert len(pieces) > 4
    assert all(len(piece.data) <= wire.PIECE + wire.PADDING for piece in pieces)
    assert [n for piece in pieces for n in batch_of(piece).column("n").to_pylist()] == list(range(1, 20001))


def test_a_row_that_is_larger_than_a_piece(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "PIECE", 1000)
    query = "select n, repeat(n::text, n * 700) as text from generate_series(1, 9) as n"
    assert read(session, query) == [{"n": n, "text": str(n) * n * 700} for n in range(1, 10)]


def test_no_rows(session: Session) -> None:
    assert list(session.rows("select 1 as n where false")) == []


def test_infinite_times_are_the_first_and_the_last(session: Session) -> None:
    (piece,) = session.rows("select 'infinity'::timestamp as a, '-infinity'::timestamp as b, null::timestamp as c")
    numbers = [column.cast(pa.int64()).to_pylist() for column in batch_of(piece).columns]
    assert numbers == [[2**63 - 1], [-(2**63)], [None]]


@pytest.mark.parametrize("piece", [100, 1 << 22])
def test_an_error_in_the_middle_is_told_and_the_session_goes_on(
    session: Session, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr(wire, "PIECE", piece)
    with pytest.raises(WireError, match="division by zero"):
        read(session, "select 1 / (5000 - n) as n from generate_series(1, 9000) as n")
    with pytest.raises(WireError, match='relation "nowhere" does not exist'):
        read(session, "select * from nowhere")
    with pytest.raises(WireError, match="syntax error"):
        session.execute("nonsense")
    assert not session.closed
    assert read(session, "select 2 as n") == [{"n": 2}]


def test_who_stops_early_has_closed_the_session(session: Session) -> None:
    rows = session.rows("select repeat('x', 1000) as text from generate_series(1, 100000)")
    next(rows)
    rows.close()
    assert session.closed


def test_a_session_that_is_ended_by_the_server_is_noticed(session: Session, table: Any) -> None:
    assert session.alive()
    (own,) = read(session, "select pg_backend_pid() as pid")
    table.execute("select pg_terminate_backend(%s, 5000)", (own["pid"],))
    assert not session.alive()
    with pytest.raises((LostError, WireError, OSError)):
        read(session, "select 1 as n")
    assert session.closed or not session.alive()


def test_padded_texts_and_names_come_as_they_are(session: Session) -> None:
    query = "select 'ab'::char(5) as padded, 'name'::name as name, null::char(3) as nothing"
    assert read(session, query) == [{"padded": "ab   ", "name": "name", "nothing": None}]


def test_a_type_that_is_not_read_is_named(session: Session) -> None:
    with pytest.raises(UnknownTypeError, match="n has the type 1700"):
        read(session, "select 1.5::numeric as n")


def test_a_reader_opens_one_session_for_all_views_and_another_when_it_is_gone(
    server: EmbeddedServer, table: Any
) -> None:
    reader = ClusterReader(
        ClusterConfig(name="c", host="127.0.0.1", port=server.port, username=USER, password=server.password,
                      database="postgres", sslmode="disable")
    )  # fmt: skip

    def pid() -> int:
        (batch,) = reader.stream("pg_class", "select pg_backend_pid()::bigint as pid")
        return int(batch.column("pid")[0].as_py())

    first = pid()
    assert pid() == first
    table.execute("select pg_terminate_backend(%s, 5000)", (first,))
    assert pid() != first
    reader.close()


# -- ways to log in ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("way", "stored"), [("scram-sha-256", "scram-sha-256"), ("md5", "md5"), ("password", "md5")])
def test_ways_to_log_in(address: Address, table: Any, way: str, stored: str) -> None:
    table.execute("show hba_file")
    hba = Path(table.fetchone()[0])
    before = hba.read_text(encoding="utf-8")
    table.execute(f"set password_encryption = '{stored}'")
    table.execute("create role wired_user login password 'pä ss'")
    try:
        hba.write_text(f"host all wired_user 127.0.0.1/32 {way}\n{before}", encoding="utf-8")
        table.execute("select pg_reload_conf()")
        wired = replace(address, user="wired_user", password="pä ss")
        session = Session(wired)
        assert read(session, "select current_user::text as name") == [{"name": "wired_user"}]
        session.close()
        with pytest.raises(WireError, match="password authentication failed"):
            Session(replace(wired, password="wrong"))
    finally:
        hba.write_text(before, encoding="utf-8")
        table.execute("select pg_reload_conf()")
        table.execute("reset password_encryption")
        table.execute("drop role wired_user")


def test_a_way_to_log_in_that_is_not_known_is_said() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        client, _ = listener.accept()
        client.recv(1000)
        client.sendall(b"R" + struct.pack("!ii", 8, 7))  # GSSAPI
        client.recv(1000)

    threading.Thread(target=answer, daemon=True).start()
    with pytest.raises(WireError, match="number 7"):
        Session(Address("127.0.0.1", listener.getsockname()[1], "d", "u", "p", "disable", 5))
    listener.close()


def test_a_server_that_does_not_answer_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(OSError, match="timed out"):
        Session(Address("127.0.0.1", listener.getsockname()[1], "d", "u", "p", "disable", 0.2))


# -- TLS --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of `localhost`, signed by itself, with its key in one file."""
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
    """The port of a way to the server that offers TLS: the embedded one has none."""
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
def test_tls_without_a_look_at_the_certificate(address: Address, secured: int, sslmode: str) -> None:
    session = Session(replace(address, port=secured, sslmode=sslmode))
    assert isinstance(session._socket, ssl.SSLSocket)
    query = "select n::bigint as n, repeat('x', 500) as text from generate_series(1, 30000) as n"
    assert sum(batch_of(piece).num_rows for piece in session.rows(query)) == 30000
    assert session.alive()
    session.close()


def test_the_certificate_and_the_name_are_looked_at(
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


def test_a_server_without_tls_is_refused_where_it_is_required(address: Address) -> None:
    with pytest.raises(WireError, match="does not offer TLS"):
        Session(replace(address, sslmode="require"))
    session = Session(replace(address, sslmode="prefer"))
    session.close()

"""The protocol client: every type and value equals psycopg2's, whatever the pieces; errors, early ends, lost sessions."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qupersync.config.clusters import ClusterConfig
from qupersync.redshift import wire
from qupersync.redshift.arrow import UnknownTypeError, batch_of
from qupersync.redshift.client import ClusterReader
from qupersync.redshift.wire import Address, LostError, Session, WireError
from qupersync.warehouse.server import USER, EmbeddedServer
from tests.support.wire_rows import read

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
def table(admin: Any) -> Iterator[Any]:
    """A cursor, and the table `wired` with a column of each type."""
    admin.execute(f"create table wired (n int, {', '.join(f'{name} {kind}' for name, kind in TYPES.items())})")
    yield admin
    admin.execute("drop table wired")


@settings(max_examples=60, deadline=None)
@given(rows=rows_of_values, piece=st.sampled_from([16, 100, 1000, 1 << 22]))
def test_values_equal_those_of_psycopg2(address: Address, table: Any, rows: list[dict[str, Any]], piece: int) -> None:
    table.execute("truncate wired")
    for n, row in enumerate(rows):
        table.execute(
            f"insert into wired values (%s, {', '.join(['%s'] * len(row))})", (n, *(row[name] for name in TYPES))
        )
    query = f"select {', '.join(TYPES)} from wired order by n"
    table.execute(query)
    expected = [dict(zip(TYPES, row)) for row in table.fetchall()]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wire, "PIECE", piece)
        with contextlib.closing(Session(address)) as session:
            assert read(session, query) == expected == rows
            assert read(session, "select 1 as n") == [{"n": 1}]  # and it goes on


def test_pieces_are_bounded(session: Session) -> None:
    pieces = list(session.rows("select n::bigint as n, repeat('x', 1000) as text from generate_series(1, 20000) as n"))
    assert len(pieces) > 4
    assert all(len(piece.data) <= wire.PIECE + wire.PADDING for piece in pieces)
    assert [n for piece in pieces for n in batch_of(piece).column("n").to_pylist()] == list(range(1, 20001))


def test_row_larger_than_a_piece(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "PIECE", 1000)
    query = "select n, repeat(n::text, n * 700) as text from generate_series(1, 9) as n"
    assert read(session, query) == [{"n": n, "text": str(n) * n * 700} for n in range(1, 10)]


def test_no_rows(session: Session) -> None:
    assert list(session.rows("select 1 as n where false")) == []


def test_infinite_timestamps(session: Session) -> None:
    (piece,) = session.rows("select 'infinity'::timestamp as a, '-infinity'::timestamp as b, null::timestamp as c")
    numbers = [column.cast(pa.int64()).to_pylist() for column in batch_of(piece).columns]
    assert numbers == [[2**63 - 1], [-(2**63)], [None]]


@pytest.mark.parametrize("piece", [100, 1 << 22])
def test_error_in_the_middle(session: Session, monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr(wire, "PIECE", piece)
    with pytest.raises(WireError, match="division by zero"):
        read(session, "select 1 / (5000 - n) as n from generate_series(1, 9000) as n")
    with pytest.raises(WireError, match='relation "nowhere" does not exist'):
        read(session, "select * from nowhere")
    with pytest.raises(WireError, match="syntax error"):
        session.execute("nonsense")
    assert not session.closed
    assert read(session, "select 2 as n") == [{"n": 2}]


def test_stopping_early_closes_the_session(session: Session) -> None:
    rows = session.rows("select repeat('x', 1000) as text from generate_series(1, 100000)")
    next(rows)
    rows.close()
    assert session.closed


def test_session_ended_by_the_server(session: Session, admin: Any) -> None:
    assert session.alive()
    (own,) = read(session, "select pg_backend_pid() as pid")
    admin.execute("select pg_terminate_backend(%s, 5000)", (own["pid"],))
    assert not session.alive()
    with pytest.raises((LostError, WireError, OSError)):
        read(session, "select 1 as n")
    assert session.closed or not session.alive()


def test_padded_texts_and_names(session: Session) -> None:
    query = "select 'ab'::char(5) as padded, 'name'::name as name, null::char(3) as nothing"
    assert read(session, query) == [{"padded": "ab   ", "name": "name", "nothing": None}]


def test_unknown_type_is_named(session: Session) -> None:
    with pytest.raises(UnknownTypeError, match="n has the type 1700"):
        read(session, "select 1.5::numeric as n")


def test_reader_keeps_one_session(server: EmbeddedServer, admin: Any) -> None:
    reader = ClusterReader(
        ClusterConfig(name="c", host="127.0.0.1", port=server.port, username=USER, password=server.password,
                      database="postgres", sslmode="disable")
    )  # fmt: skip

    def pid() -> int:
        (batch,) = reader.stream("pg_class", "select pg_backend_pid()::bigint as pid")
        return int(batch.column("pid")[0].as_py())

    first = pid()
    assert pid() == first
    admin.execute("select pg_terminate_backend(%s, 5000)", (first,))
    assert pid() != first
    reader.close()

"""Decoding rows: values of the wrong length, rows with too few or too many of them, values at the edge of a type."""

from __future__ import annotations

import struct
from datetime import datetime
from typing import Any, Optional

import pyarrow as pa
import pytest

from qupersync.redshift.arrow import BadValueError, UnknownTypeError, batch_of
from qupersync.redshift.messages import ProtocolError
from tests.support.replayed import replayed
from tests.support.wire_messages import OIDS, answer, complete, description, message, parsed, ready, row, value

LENGTHS = {"bool": 1, "int2": 2, "int4": 4, "int8": 8, "float8": 8, "timestamp": 8}


def decoded(data: bytes) -> list[dict[str, Any]]:
    with replayed(data) as session:
        return [one for piece in session.rows("select") for one in batch_of(piece).to_pylist()]


@pytest.mark.parametrize("kind", LENGTHS)
@pytest.mark.parametrize("change", [-1, 1, 4, 100])
@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("null_beside", [False, True])
def test_length_that_is_not_the_type_s(kind: str, change: int, place: int, null_beside: bool) -> None:
    right, wrong = LENGTHS[kind] * b"\1", (LENGTHS[kind] + change) * b"\1"
    values: list[Optional[bytes]] = [right, right, right]
    values[place] = wrong
    if null_beside:
        values[place - 1] = None
    with pytest.raises(ProtocolError, match="a value of c whose length cannot be"):
        decoded(answer([("c", OIDS[kind])], [(one,) for one in values]))
    with pytest.raises(ProtocolError, match="a value of c whose length cannot be"):
        decoded(
            answer([("b", OIDS["text"]), ("c", OIDS[kind]), ("d", OIDS["text"])], [(b"x", one, b"y") for one in values])
        )


@pytest.mark.parametrize("kind", ["int8", "text"])
@pytest.mark.parametrize("length", [-(2**31), -2, 2**20, 2**31 - 1])
def test_length_that_no_value_has(kind: str, length: int) -> None:
    """A huge one would make Arrow read beyond its memory."""
    bad = message("D", struct.pack("!hi", 1, length) + 8 * b"\1")
    begin, good = parsed() + description([("c", OIDS[kind])]), row(8 * b"\1")
    for rows in (bad, good + bad, bad + good):
        with pytest.raises(ProtocolError):
            decoded(begin + rows + complete() + ready())


@pytest.mark.parametrize("count", [0, 1, 3, -1])
def test_row_with_another_number_of_values(count: int) -> None:
    """Too few of them were an IndexError once."""
    bad = message("D", struct.pack("!h", count) + max(count, 0) * value(8 * b"\1"))
    begin = parsed() + description([("a", 20), ("b", 20)])
    for rows in (bad, row(8 * b"\1", None) + bad):
        with pytest.raises(ProtocolError, match="has not 2 values"):
            decoded(begin + rows + complete() + ready())


@pytest.mark.parametrize("kinds", [("int8", "int8"), ("text", "text"), ("int2", "text")])
def test_row_that_ends_early_or_late(kinds: tuple[str, str]) -> None:
    fields = [(f"c{n}", OIDS[kind]) for n, kind in enumerate(kinds)]
    body = row(*(LENGTHS.get(kind, 5) * b"\1" for kind in kinds))[5:]
    begin, good = parsed() + description(fields), message("D", body)
    for cut in range(1, len(body) - 2):
        for rows in (message("D", body[:-cut]), message("D", body[:-cut]) + good):
            with pytest.raises(ProtocolError):
                decoded(begin + rows + complete() + ready())
    with pytest.raises(ProtocolError, match="more in it than its values"):
        decoded(begin + good + message("D", body + b"\0") + complete() + ready())


def test_text_that_is_not_utf8_names_its_column() -> None:
    fields = [("good", 25), ("bad", 25)]
    with pytest.raises(BadValueError, match="bad holds a text that is not UTF-8"):
        decoded(answer(fields, [(b"x", b"y"), (b"x", b"\xff"), (b"\xc3\xa9", None)]))
    # halves of one character in two values
    with pytest.raises(BadValueError):
        decoded(answer([("a", 25)], [(b"\xc3",), (b"\xa9",)]))


def test_times_at_the_edge_of_the_type() -> None:
    """PostgreSQL's last years lie beyond what microseconds since 1970 can be: they were years before Christ once."""
    last, first = 2**63 - 1, -(2**63)
    days_2000 = (datetime(2000, 1, 1) - datetime(1970, 1, 1)).days * 86_400_000_000
    cases = {
        last: last,
        first: first,
        last - 1: last,
        last - days_2000: last,
        last - days_2000 - 1: last - 1,
        first + 1: first + 1 + days_2000,
        0: days_2000,
    }
    data = answer([("t", OIDS["timestamp"])], [(struct.pack("!q", number),) for number in cases])
    with replayed(data) as session:
        (piece,) = session.rows("select")
        assert batch_of(piece).column("t").cast(pa.int64()).to_pylist() == list(cases.values())


def test_unknown_type() -> None:
    with pytest.raises(UnknownTypeError, match="c has the type 1700"):
        decoded(answer([("c", 1700)], [(b"x",)]))

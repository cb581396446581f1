"""Rows whose values came as the server's text."""

from __future__ import annotations

import struct
from typing import Optional

import pytest

from qupersync.redshift.messages import ProtocolError
from qupersync.redshift.text_rows import text_rows
from tests.support.replayed import replayed
from tests.support.wire_messages import answer, complete, description, message, parsed, ready, row

FIELDS = [("a", 25), ("b", 20)]


def rows_of(data: bytes) -> list[tuple[Optional[bytes], ...]]:
    with replayed(data) as session:
        return [one for piece in session.rows("select", text=True) for one in text_rows(piece)]


def test_values_are_bytes_or_null() -> None:
    rows = [(b"x", b"1"), (None, None), (b"", b"-2"), (b"\xff", b"")]
    assert rows_of(answer(FIELDS, rows, form=0)) == rows


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\0", struct.pack("!h", 1), struct.pack("!h", 2), struct.pack("!hi", 2, -1), struct.pack("!hii", 2, -1, -2),
        struct.pack("!hii", 2, -1, 1), struct.pack("!hii", 2, 2**31 - 1, -1), struct.pack("!hii", 2, -1, -1) + b"x",
        struct.pack("!hiii", 3, -1, -1, -1),
    ],
)  # fmt: skip
def test_rows_that_cannot_be(body: bytes) -> None:
    for rows in (message("D", body), row(b"x", b"1") + message("D", body)):
        with pytest.raises(ProtocolError):
            rows_of(parsed() + description(FIELDS, form=0) + rows + complete() + ready())

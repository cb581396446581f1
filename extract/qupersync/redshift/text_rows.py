"""Rows of a piece whose values came as the server's text: slow, and a bad value harms its own row only."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Optional

from .messages import ProtocolError
from .wire import Piece


def text_rows(piece: Piece) -> Iterator[tuple[Optional[bytes], ...]]:
    """Each row's values, in the order of the query; None for NULL. Errors: ProtocolError."""
    for begin in piece.rows:
        at = begin
        end = at - 6 + struct.unpack_from("!i", piece.data, at - 6)[0]
        if at > end or struct.unpack_from("!h", piece.data, at - 2)[0] != len(piece.fields):
            raise ProtocolError(f"the server sent a row that has not {len(piece.fields)} values")
        values: list[Optional[bytes]] = []
        for name, _ in piece.fields:
            if at + 4 > end:
                raise ProtocolError("the server sent a row that ends too early")
            (length,) = struct.unpack_from("!i", piece.data, at)
            at += 4
            if length < -1 or at + length > end:
                raise ProtocolError(f"the server sent a value of {name} whose length cannot be")
            values.append(None if length < 0 else bytes(piece.data[at : at + length]))
            at += max(length, 0)
        if at != end:
            raise ProtocolError("the server sent a row with more in it than its values")
        yield tuple(values)

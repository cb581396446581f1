"""Rows of PostgreSQL's binary format → Arrow, a column at a time: no Python object is made of a value.

Where a value begins depends on the lengths of all before it in its row; so the columns are walked from the left, with
one position per row.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from .messages import BadValueError, ProtocolError, UnknownTypeError
from .wire import PADDING, TYPES, Piece

__all__ = ["BadValueError", "UnknownTypeError", "batch_of"]

Positions = npt.NDArray[np.int64]

_EPOCH = 946_684_800_000_000  # µs from 1970 to 2000, where PostgreSQL counts from
_FIRST, _LAST = np.iinfo(np.int64).min, np.iinfo(np.int64).max  # infinite times


def batch_of(piece: Piece) -> pa.RecordBatch:
    """The rows of a piece, columns in the order of the query.

    int2, int4, int8 → int64; float8 → float64; bool; texts → string; timestamp → timestamp[us], one that is infinite or
    out of range as the first or the last that there is. Each row must hold as many values as there are columns and end
    where the last one ends, each value be as long as its type.
    Errors: UnknownTypeError; BadValueError for a text that is not UTF-8; ProtocolError.
    """
    at = np.array(piece.rows, np.int64)
    every_other = pa.array(np.arange(0, 2 * len(at), 2))
    columns = []
    try:
        ends = _words(piece.data, ">i4", at - 6) + (at - 6)
        if (_words(piece.data, ">i2", at - 2) != len(piece.fields)).any():
            raise ProtocolError(f"the server sent a row that has not {len(piece.fields)} values")
        for name, oid in piece.fields:
            if oid not in _MADE:
                raise UnknownTypeError(f"{name} has the type {oid}, which cannot be decoded")
            size, make = _MADE[oid]
            lengths = _words(piece.data, ">i4", at).astype(np.int64)
            at += 4
            valid = None
            if lengths.min() < 0:
                missing = lengths == -1
                valid = pa.py_buffer(np.packbits(~missing, bitorder="little"))
                lengths[missing] = 0
                misfit = (lengths != size) & ~missing if size else lengths < 0
            else:
                misfit = lengths != size if size else None
            after = at + lengths
            if (misfit is not None and misfit.any()) or (after > ends).any():
                raise ProtocolError(f"the server sent a value of {name} whose length cannot be")
            try:
                columns.append(make(piece.data, at, lengths, valid, every_other))
            except pa.ArrowInvalid:
                raise BadValueError(f"{name} holds a text that is not UTF-8") from None
            at = after
    except IndexError:
        raise ProtocolError("the server sent a row that ends too early") from None
    if (at != ends).any():
        raise ProtocolError("the server sent a row with more in it than its values")
    return pa.RecordBatch.from_arrays(columns, names=[name for name, _ in piece.fields])


def _words(data: bytearray, kind: str, at: Positions) -> Any:
    """The number of type ``kind`` at each position."""
    size = np.dtype(kind).itemsize
    return np.ndarray((len(data) - size + 1,), kind, data, strides=(1,))[at]


_Maker = Callable[[bytearray, Positions, Positions, Any, Any], pa.Array]
_Decoder = tuple[int, _Maker]  # the length of each value, 0 for any; what makes the array


def _numbers(kind: str, arrow: pa.DataType) -> _Decoder:
    native = np.float64 if arrow == pa.float64() else np.int64

    def make(data: bytearray, at: Positions, lengths: Positions, valid: Any, every_other: Any) -> pa.Array:
        values = _words(data, kind, at).astype(native)
        return pa.Array.from_buffers(arrow, len(at), [valid, pa.py_buffer(values)])

    return np.dtype(kind).itemsize, make


def _times(data: bytearray, at: Positions, lengths: Positions, valid: Any, every_other: Any) -> pa.Array:
    values = _words(data, ">i8", at).astype(np.int64)
    first = values == _FIRST
    moved = np.minimum(values, _LAST - _EPOCH) + _EPOCH
    moved[first] = _FIRST
    return pa.Array.from_buffers(pa.timestamp("us"), len(at), [valid, pa.py_buffer(moved)])


def _flags(data: bytearray, at: Positions, lengths: Positions, valid: Any, every_other: Any) -> pa.Array:
    bits = np.packbits(_words(data, "u1", at) != 0, bitorder="little")
    return pa.Array.from_buffers(pa.bool_(), len(at), [valid, pa.py_buffer(bits)])


def _texts(data: bytearray, at: Positions, lengths: Positions, valid: Any, every_other: Any) -> pa.Array:
    """Arrow takes every other of: a text, what lies between it and the next one, the next text, …"""
    edges = np.empty(2 * len(at) + 1, np.int32)
    edges[0:-1:2] = at
    edges[1::2] = at + lengths
    edges[-1] = edges[-2]
    whole = pa.StringArray.from_buffers(2 * len(at), pa.py_buffer(edges), pa.py_buffer(data))
    taken = whole.take(every_other)
    taken.validate(full=True)
    if valid is None:
        return taken
    return pa.StringArray.from_buffers(len(at), taken.buffers()[1], taken.buffers()[2], valid)


_BY_TYPE: dict[type, _Decoder] = {
    bool: (1, _flags),
    datetime: (8, _times),
    float: _numbers(">f8", pa.float64()),
    int: _numbers(">i8", pa.int64()),
    str: (0, _texts),
}
_MADE = {oid: _BY_TYPE[kind] for oid, kind in TYPES.items()} | {
    21: _numbers(">i2", pa.int64()),
    23: _numbers(">i4", pa.int64()),
}
assert PADDING >= 8  # a value that is NULL is looked at all the same, and may be the last one

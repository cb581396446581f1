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

from .wire import PADDING, TYPES, Piece

Positions = npt.NDArray[np.int64]

_EPOCH = 946_684_800_000_000  # µs from 1970 to 2000, where PostgreSQL counts from
_INFINITE = (np.iinfo(np.int64).max, np.iinfo(np.int64).min)


class UnknownTypeError(ValueError):
    """A column has a type that cannot be decoded."""


def batch_of(piece: Piece) -> pa.RecordBatch:
    """The rows of a piece, columns in the order of the query.

    int2, int4, int8 → int64; float8 → float64; bool; texts → string; timestamp → timestamp[us], an infinite one as the
    first or the last that there is. Errors: UnknownTypeError, pyarrow.ArrowInvalid for a text that is not UTF-8.
    """
    at = np.array(piece.rows, np.int64)
    every_other = pa.array(np.arange(0, 2 * len(at), 2))
    columns = []
    for name, oid in piece.fields:
        if oid not in _MADE:
            raise UnknownTypeError(f"{name} has the type {oid}, which cannot be decoded")
        lengths = _words(piece.data, ">i4", at).astype(np.int64)
        at += 4
        missing = lengths < 0
        np.maximum(lengths, 0, out=lengths)
        valid = pa.py_buffer(np.packbits(~missing, bitorder="little")) if missing.any() else None
        columns.append(_MADE[oid](piece.data, at, lengths, valid, every_other))
        at += lengths
    return pa.RecordBatch.from_arrays(columns, names=[name for name, _ in piece.fields])


def _words(data: bytearray, kind: str, at: Positions) -> Any:
    """The number of type ``kind`` at each position."""
    size = np.dtype(kind).itemsize
    return np.ndarray((len(data) - size + 1,), kind, data, strides=(1,))[at]


_Maker = Callable[[bytearray, Positions, Positions, Any, Any], pa.Array]


def _numbers(kind: str, arrow: pa.DataType) -> _Maker:
    native = np.float64 if arrow == pa.float64() else np.int64

    def make(data: bytearray, at: Positions, lengths: Positions, valid: Any, every_other: Any) -> pa.Array:
        values = _words(data, kind, at).astype(native)
        return pa.Array.from_buffers(arrow, len(at), [valid, pa.py_buffer(values)])

    return make


def _times(data: bytearray, at: Positions, lengths: Positions, valid: Any, every_other: Any) -> pa.Array:
    values = _words(data, ">i8", at).astype(np.int64)
    with np.errstate(over="ignore"):
        moved = values + _EPOCH
    for end in _INFINITE:
        moved[values == end] = end
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


_BY_TYPE: dict[type, _Maker] = {
    bool: _flags,
    datetime: _times,
    float: _numbers(">f8", pa.float64()),
    int: _numbers(">i8", pa.int64()),
    str: _texts,
}
_MADE = {oid: _BY_TYPE[kind] for oid, kind in TYPES.items()} | {
    21: _numbers(">i2", pa.int64()),
    23: _numbers(">i4", pa.int64()),
}
assert PADDING >= 8  # a value that is NULL is looked at all the same, and may be the last one

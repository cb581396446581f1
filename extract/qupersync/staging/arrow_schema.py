"""The Arrow schema of staged columns."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from ..domain.staged import Column

if TYPE_CHECKING:
    import pyarrow as pa


def arrow_schema(columns: Iterable[Column]) -> pa.Schema:
    """As Arrow: int → int64, float → float64, bool, str → string, datetime → timestamp[us] without zone."""
    import pyarrow as pa

    types = {
        int: pa.int64(),
        float: pa.float64(),
        bool: pa.bool_(),
        str: pa.string(),
        datetime: pa.timestamp("us"),
    }
    return pa.schema([pa.field(c.name, types[c.type], nullable=c.nullable) for c in columns])

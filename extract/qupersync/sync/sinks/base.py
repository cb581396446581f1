"""What a sink is to the reading of a view."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pyarrow as pa


class Sink(Protocol):
    """Takes the rows of one view after the other."""

    def write(self, table: str, batches: Iterator[pa.RecordBatch]) -> list[Any]:
        """Take all batches (none is empty) of a staging table, or nothing; returns what dlt is to load of it.

        Errors: WarehouseError, and what ``batches`` raises.
        """

    def commit(self) -> None:
        """Make durable what has reached the warehouse. Errors: WarehouseError."""

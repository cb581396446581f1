"""Rows into PostgreSQL while the cluster is being read.

dlt loads a package when the extraction is over; the rows need not wait for that. They stream into staging beside dlt,
in one transaction that is committed when dlt has everything else of the sync on disk. Until dlt's package is loaded as
well, no row of sync_runs refers to them, and the models do not look at them.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import chain
from typing import TYPE_CHECKING, Any, Optional

import psycopg2
from psycopg2 import errors

from ...errors import WarehouseError, first_line
from ...sql import quote
from ...warehouse.base import Warehouse
from ..parallel import read_ahead

if TYPE_CHECKING:
    import pyarrow as pa

_SESSION = (
    # The transaction is as long as the reading, and a slow view may leave it waiting.
    "set idle_in_transaction_session_timeout = 0",
    "set statement_timeout = 0",
)


class CopySink:
    """One transaction on PostgreSQL into which views are copied (``COPY … (FORMAT binary)``) as they are read."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self._connection: Any = None

    def write(self, table: str, batches: Iterator[pa.RecordBatch]) -> list[Any]:
        """Copy the batches; nothing is left for dlt."""
        first = next(batches, None)
        if first is None:
            return []
        sent = 0

        def counted() -> Iterator[pa.RecordBatch]:
            nonlocal sent
            for batch in chain((first,), batches):
                sent += batch.num_rows
                yield batch

        chunks = _encoded(counted(), first.schema)
        feed = _Feed(chunks)
        where = f"{quote(self.warehouse.staging_schema)}.{quote(table)}"
        columns = ", ".join(map(quote, first.schema.names))
        try:
            with closing(chunks), self._opened().cursor() as cursor:
                cursor.execute("savepoint qupersync_view")
                try:
                    cursor.copy_expert(f"copy {where} ({columns}) from stdin (format binary)", feed, size=feed.size)
                    if cursor.rowcount != sent:
                        raise WarehouseError(
                            f"{self.warehouse.where} took {cursor.rowcount} rows of {sent} ({table}): none is kept"
                        )
                except errors.QueryCanceled:
                    cursor.execute("rollback to savepoint qupersync_view")
                    if feed.error is None:
                        raise
                cursor.execute("release savepoint qupersync_view")
        except psycopg2.Error as error:
            raise WarehouseError(
                f"{self.warehouse.where} could not be written ({table}): {first_line(error)}"
            ) from error
        if feed.error is not None:  # the rows could not be read: an error of the view, not of the warehouse
            raise feed.error
        return []

    def commit(self) -> None:
        """Make the rows durable. Errors: WarehouseError."""
        if self._connection is None:
            return
        try:
            self._connection.commit()
        except psycopg2.Error as error:
            raise WarehouseError(f"{self.warehouse.where} could not be written: {first_line(error)}") from error

    def close(self) -> None:
        """Close the connection; what is not committed is undone."""
        if self._connection is not None:
            self._connection.close()

    def _opened(self) -> Any:
        if self._connection is None:
            self._connection = self.warehouse.connect_as_loader()
            with self._connection.cursor() as cursor:
                for setting in _SESSION:
                    cursor.execute(setting)
        return self._connection


class _Feed:
    """Chunks as the file that COPY reads; what they raise is in ``error``: psycopg2 reports it to the server only."""

    size = 1 << 30  # bytes that a read may give: a whole chunk, uncopied

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self.error: Optional[BaseException] = None
        self._chunks = chunks

    def read(self, size: int) -> bytes:
        """The next chunk; nothing at the end."""
        try:
            return next(self._chunks, b"")
        except BaseException as error:
            self.error = error
            raise


def _encoded(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Generator[bytes, None, None]:
    """Batches in PostgreSQL's binary COPY format, the next one made while one is sent."""
    from pgpq import ArrowToPostgresBinaryEncoder

    encoder = ArrowToPostgresBinaryEncoder(schema)
    yield encoder.write_header()
    with closing(read_ahead(batches, encoder.write_batch, workers=1)) as chunks:
        yield from filter(None, chunks)  # an empty one would be the end
    yield encoder.finish()

"""Where a view's rows go while the cluster is being read: into PostgreSQL at once, or into files that dlt loads.

dlt loads a package when the extraction is over. Where the warehouse takes COPY, the rows need not wait for that: they
stream into staging beside dlt, in one transaction that is committed when dlt has everything else of the sync on disk.
Until dlt's package is in as well, no sync_runs row speaks of them, and the models do not look at them.
"""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional, Protocol

import psycopg2
from psycopg2 import errors

from .errors import WarehouseError
from .schema import quote
from .threads import read_ahead
from .warehouse import Warehouse, first_line

if TYPE_CHECKING:
    import pyarrow as pa

FILE_ROWS = 25_000  # rows per Parquet file: bounds what the load step holds in memory
_SESSION = (
    # The transaction is as long as the reading, and a slow view may leave it waiting.
    "set idle_in_transaction_session_timeout = 0",
    "set statement_timeout = 0",
)


class Landing(Protocol):
    """Takes the rows of one view after the other."""

    def land(self, table: str, batches: Iterator[pa.RecordBatch]) -> list[Any]:
        """Take all batches (none is empty) of a staging table or nothing; what dlt is to load of it.

        Errors: WarehouseError, and what ``batches`` raises.
        """

    def commit(self) -> None:
        """Make what has reached the warehouse last. Errors: WarehouseError."""


@contextmanager
def landing_for(warehouse: Warehouse, folder: Path, cluster: str) -> Iterator[Landing]:
    """The landing of one sync; what was not committed is gone with it, and so is what a killed sync left in ``folder``.

    Only for the holder of the cluster's lock.
    """
    prefix = f"spool-{cluster}-"  # no cluster's name has a dash
    for left in folder.glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)
    if warehouse.type == "postgres":
        stream = CopyStream(warehouse)
        try:
            yield stream
        finally:
            stream.close()
    else:
        with tempfile.TemporaryDirectory(prefix=prefix, dir=folder) as private:
            yield ParquetFiles(Path(private))


class ParquetFiles:
    """Files in a private folder, which dlt imports as they are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def land(self, table: str, batches: Iterator[pa.RecordBatch]) -> list[Any]:
        """Write files of at most some :data:`FILE_ROWS` rows; dlt's imports of them."""
        import dlt
        import pyarrow.parquet as pq

        files = []
        for first in batches:  # one turn a file: an empty one would fail in the load step at every retry
            path, rows = self.folder / f"{table}-{uuid.uuid4().hex}.parquet", 0
            # Read once, by the load step on this machine: neither compression nor dictionaries pay.
            with pq.ParquetWriter(path, first.schema, compression="none", use_dictionary=False) as writer:
                for batch in chain((first,), batches):
                    writer.write_batch(batch)
                    rows += batch.num_rows
                    if rows >= FILE_ROWS:
                        break
            files.append(dlt.mark.with_file_import(str(path), "parquet", rows))
        return files

    def commit(self) -> None:
        """Nothing has reached the warehouse yet."""


class CopyStream:
    """One transaction on PostgreSQL into which views are copied (``COPY … (FORMAT binary)``) as they are read."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self._connection: Any = None

    def land(self, table: str, batches: Iterator[pa.RecordBatch]) -> list[Any]:
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
                            f"{self.warehouse.where} took {cursor.rowcount} rows of {sent} ({table}): nothing is kept"
                        )
                except errors.QueryCanceled:
                    cursor.execute("rollback to savepoint qupersync_view")
                    if feed.error is None:
                        raise
                cursor.execute("release savepoint qupersync_view")
        except psycopg2.Error as error:
            raise WarehouseError(f"{self.warehouse.where} cannot be written ({table}): {first_line(error)}") from error
        if feed.error is not None:  # the rows could not be read: the view's own trouble
            raise feed.error
        return []

    def commit(self) -> None:
        """Make the rows last. Errors: WarehouseError."""
        if self._connection is None:
            return
        try:
            self._connection.commit()
        except psycopg2.Error as error:
            raise WarehouseError(f"{self.warehouse.where} cannot be written: {first_line(error)}") from error

    def close(self) -> None:
        """Give the connection back; what is not committed is undone."""
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
    """Chunks as the file that COPY reads; what they raise is in ``error``: psycopg2 tells it to the server only."""

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

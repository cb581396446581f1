"""Rows into Parquet files, which dlt imports as they are."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ...errors import WarehouseError
from ...staging.dlt_schema import TableColumns

if TYPE_CHECKING:
    import pyarrow as pa

FILE_ROWS = 25_000  # rows per file that dlt turns into INSERTs: bounds what its load step holds in memory
STAGED_FILE_ROWS = (
    500_000  # rows per file that the warehouse copies from S3: each is one COPY, a transaction of its own
)


@dataclass
class ParquetSink:
    """Files in a private folder, of at most some ``file_rows`` rows.

    ``tables``: the columns of the warehouse's tables, where it copies the files: COPY fills columns by position. A
    table that an earlier version made has its columns in another order, or one that is not read any longer.
    """

    folder: Path
    file_rows: int = FILE_ROWS
    # Read once, on this machine, neither compression nor dictionaries pay.
    compression: Literal["none", "snappy"] = "none"
    tables: TableColumns = field(default_factory=dict)

    @classmethod
    def staged(cls, folder: Path, tables: TableColumns) -> ParquetSink:
        """Files for a warehouse that copies them from S3."""
        return cls(folder, STAGED_FILE_ROWS, "snappy", tables)

    def write(self, table: str, batches: Iterator[pa.RecordBatch]) -> list[Any]:
        """Write the files, a row group per batch; dlt's imports of them."""
        import dlt
        import pyarrow.parquet as pq

        files = []
        arranged = (_arranged(batch, table, self.tables.get(table, [])) if self.tables else batch for batch in batches)
        for first in arranged:  # one turn a file: an empty one would fail in the load step at every retry
            path, rows = self.folder / f"{table}-{uuid.uuid4().hex}.parquet", 0
            with pq.ParquetWriter(
                path, first.schema, compression=self.compression, use_dictionary=self.compression != "none"
            ) as writer:
                for batch in chain((first,), arranged):
                    writer.write_batch(batch)
                    rows += batch.num_rows
                    if rows >= self.file_rows:
                        break
            files.append(dlt.mark.with_file_import(str(path), "parquet", rows))
        return files

    def commit(self) -> None:
        """Nothing has reached the warehouse yet."""


def _arranged(batch: pa.RecordBatch, table: str, columns: list[tuple[str, str]]) -> pa.RecordBatch:
    """The batch with the table's columns, in its order and types; NULL in those that are not read.

    Errors: WarehouseError when the table lacks a column, or has one of a type that no version of ours made.
    """
    import pyarrow as pa

    types = {
        "character varying": pa.string(),
        "text": pa.string(),
        "bigint": pa.int64(),
        "integer": pa.int32(),
        "smallint": pa.int16(),
        "double precision": pa.float64(),
        "boolean": pa.bool_(),
        "timestamp without time zone": pa.timestamp("us"),
    }
    names = [name for name, _ in columns]
    if missing := [name for name in batch.schema.names if name not in names]:
        raise WarehouseError(f"staging table {table} lacks the columns {', '.join(missing)}")
    if unknown := [f"{name} ({kind})" for name, kind in columns if kind not in types]:
        raise WarehouseError(
            f"staging table {table} has columns of other types than a sync makes: {', '.join(unknown)}"
        )
    arrays, fields = [], []
    for name, kind in columns:
        wanted = types[kind]
        known = name in batch.schema.names
        arrays.append(batch.column(name).cast(wanted) if known else pa.nulls(batch.num_rows, wanted))
        fields.append(pa.field(name, wanted, nullable=not known or batch.schema.field(name).nullable))
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))

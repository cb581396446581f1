"""Rows into Parquet files, which dlt imports as they are."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

FILE_ROWS = 25_000  # rows per Parquet file: bounds what the load step holds in memory


class ParquetSink:
    """Files in a private folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, table: str, batches: Iterator[pa.RecordBatch]) -> list[Any]:
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

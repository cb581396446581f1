"""The sink of one sync, by what the warehouse can do."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...staging.dlt_schema import TableColumns
from ...warehouse.base import Warehouse
from .base import Sink
from .parquet_files import ParquetSink
from .postgres_copy import CopySink


@contextmanager
def sink_for(warehouse: Warehouse, folder: Path, cluster: str, tables: TableColumns) -> Iterator[Sink]:
    """The sink; what was not committed is undone at its end, and what a killed sync left in ``folder`` is removed.

    Only for the holder of the cluster's lock. ``tables``: see :class:`ParquetSink`.
    """
    prefix = f"spool-{cluster}-"  # no cluster's name has a dash
    for left in folder.glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)
    if warehouse.copy_stream:
        sink = CopySink(warehouse)
        try:
            yield sink
        finally:
            sink.close()
    else:
        with tempfile.TemporaryDirectory(prefix=prefix, dir=folder) as private:
            copied = warehouse.file_stage is not None
            yield ParquetSink.staged(Path(private), tables) if copied else ParquetSink(Path(private))

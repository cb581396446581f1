"""Parquet files for dlt's load: none is empty, whatever the batches. The load would fail on one at every retry."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from qupersync.sync.sinks.parquet_files import FILE_ROWS, ParquetSink

sizes = st.integers(1, 40) | st.integers(FILE_ROWS // 3, FILE_ROWS)


def batches_of(counts: list[int]) -> Iterator[pa.RecordBatch]:
    begin = 0
    for count in counts:
        yield pa.record_batch({"n": pa.array(range(begin, begin + count), pa.int64())})
        begin += count


@settings(max_examples=60, deadline=None)
@given(st.lists(sizes, max_size=9))
def test_files_hold_all_rows_in_order(counts: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        sink = ParquetSink(Path(folder))
        given_to_dlt = sink.write("view", batches_of(counts))
        files = sorted(Path(folder).iterdir(), key=lambda path: pq.read_table(path)["n"][0].as_py())
        assert len(given_to_dlt) == len(files)
        rows = [pq.read_table(path)["n"].to_pylist() for path in files]
    assert [row for part in rows for row in part] == list(range(sum(counts)))
    assert all(rows)
    assert all(len(part) < FILE_ROWS + max(counts) for part in rows)


def test_dlt_loads_no_file_of_an_empty_view(tmp_path: Path) -> None:
    """FILE_ROWS exactly, one row more, and none: through dlt itself into files."""
    sink = ParquetSink(tmp_path)
    views = {"exact": [FILE_ROWS], "one_more": [FILE_ROWS, 1], "nothing": []}

    def resource(name: str, counts: list[int]) -> Any:
        return dlt.resource(
            lambda: (yield from sink.write(name, batches_of(counts))),
            name=name,
            columns={"n": {"data_type": "bigint"}},
        )

    pipeline = dlt.pipeline(
        "sink", pipelines_dir=str(tmp_path / "work"), dataset_name="staging",
        destination=dlt.destinations.filesystem(str(tmp_path / "loaded")),
    )  # fmt: skip
    pipeline.run([resource(*view) for view in views.items()], loader_file_format="parquet")
    loaded = {name: sorted((tmp_path / "loaded" / "staging" / name).glob("*.parquet")) for name in views}
    assert {name: [pq.read_metadata(path).num_rows for path in files] for name, files in loaded.items()} in (
        {"exact": [FILE_ROWS], "one_more": [FILE_ROWS, 1], "nothing": []},
        {"exact": [FILE_ROWS], "one_more": [1, FILE_ROWS], "nothing": []},
    )

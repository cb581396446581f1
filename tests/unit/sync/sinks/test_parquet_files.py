"""Parquet files for dlt's load: none is empty, whatever the batches. The load would fail on one at every retry."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qupersync.errors import WarehouseError
from qupersync.sync.sinks.parquet_files import FILE_ROWS, STAGED_FILE_ROWS, ParquetSink

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


def test_files_for_copy_are_large_and_compressed(tmp_path: Path) -> None:
    """Each file is one COPY: ten million rows are twenty transactions. A row group per batch: one of them is in memory."""
    sink = ParquetSink.staged(tmp_path, {"view": [("n", "bigint")]})
    batch, batches = 50_000, 2 * STAGED_FILE_ROWS // 50_000 + 1
    files = sink.write("view", batches_of([batch] * batches))
    described = sorted(
        (pq.ParquetFile(path).metadata for path in tmp_path.iterdir()), key=lambda found: -found.num_rows
    )
    assert [found.num_rows for found in described] == [STAGED_FILE_ROWS, STAGED_FILE_ROWS, batch]
    assert 500_000 <= STAGED_FILE_ROWS <= 1_000_000
    assert len(files) == 3
    for found in described:
        assert {found.row_group(n).num_rows for n in range(found.num_row_groups)} == {batch}
        assert {found.row_group(n).column(0).compression for n in range(found.num_row_groups)} == {"SNAPPY"}


def test_files_for_copy_have_the_columns_of_the_table(tmp_path: Path) -> None:
    """COPY of Parquet is positional: a table of an earlier version has another order, and columns that are not read now."""
    table = [
        ("b", "character varying"),
        ("old", "double precision"),
        ("a", "integer"),
        ("seen", "timestamp without time zone"),
    ]
    batch = pa.record_batch(
        {
            "a": pa.array([1, 2], pa.int64()),
            "b": pa.array(["x", None], pa.string()),
            "seen": pa.array([0, 1], pa.timestamp("us")),
        }
    )
    ParquetSink.staged(tmp_path, {"view": table}).write("view", iter([batch]))
    (file,) = tmp_path.iterdir()
    read = pq.read_table(file)
    assert read.schema.names == [name for name, _ in table]
    assert read.schema.types == [pa.string(), pa.float64(), pa.int32(), pa.timestamp("us")]
    assert read.drop_columns("seen").to_pylist() == [{"b": "x", "old": None, "a": 1}, {"b": None, "old": None, "a": 2}]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ([("b", "bigint")], "staging table view lacks the columns n"),
        ([("n", "bigint"), ("shape", "geometry")], r"columns of other types than a sync makes: shape \(geometry\)"),
    ],
)
def test_table_that_cannot_take_the_rows_is_an_error(
    tmp_path: Path, table: list[tuple[str, str]], message: str
) -> None:
    with pytest.raises(WarehouseError, match=message):
        ParquetSink.staged(tmp_path, {"view": table}).write("view", batches_of([3]))

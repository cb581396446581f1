"""What the sync uses of dlt beyond its documented interface (docs/decisions.md), each by itself.

Another version of dlt is tried with this file first: what fails here has to be replaced before the bound moves.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import dlt
import psycopg2
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dlt.common.configuration import resolve_configuration
from dlt.common.destination.exceptions import DestinationUndefinedEntity
from dlt.destinations.impl.postgres.configuration import PostgresCredentials
from dlt.pipeline.exceptions import PipelineStepFailed
from dlt.pipeline.state_sync import load_pipeline_state_from_destination

from qupersync.errors import QupersyncError, WarehouseError
from qupersync.staging.dlt_schema import arrange, dlt_schema
from qupersync.staging.tables import STAGING_TABLES
from qupersync.sync.failures import one_line_errors, package_is_broken
from qupersync.warehouse.base import Warehouse
from qupersync.warehouse.server import USER, EmbeddedServer
from tests.support.warehouses import execute

SCHEMA = "qupersync_staging"


@pytest.fixture
def pipeline(warehouse: Warehouse, tmp_path: Path) -> dlt.Pipeline:
    """A pipeline of dlt into an empty warehouse."""
    return dlt.pipeline(
        "guard", pipelines_dir=str(tmp_path / "work"), destination=warehouse.dlt_destination(), dataset_name=SCHEMA
    )


def numbers(rows: Iterable[Any], synced: int = 0, **settings: Any) -> Any:
    """A source with one resource, which leaves a state."""

    @dlt.source(name="redshift")
    def source() -> Any:
        def made() -> Any:
            dlt.current.source_state()["synced"] = synced
            yield from rows

        return dlt.resource(made, name="numbers", columns={"n": {"data_type": "bigint"}}, **settings)

    return source()


def held(pipeline: dlt.Pipeline) -> Any:
    with pipeline.destination_client() as client:
        return load_pipeline_state_from_destination(pipeline.pipeline_name, client)


def test_state_is_that_of_the_newest_complete_load(pipeline: dlt.Pipeline, warehouse: Warehouse) -> None:
    """load_pipeline_state_from_destination, and the tables _dlt_loads and _dlt_pipeline_state."""
    with pytest.raises(DestinationUndefinedEntity):
        held(pipeline)
    pipeline.run(numbers([{"n": 1}], synced=1))
    assert held(pipeline)["sources"]["redshift"]["synced"] == 1
    pipeline.run(numbers([{"n": 1}, {"n": 2}], synced=2))
    assert held(pipeline)["sources"]["redshift"]["synced"] == 2
    newest = f"(select max(load_id) from {SCHEMA}._dlt_loads where status = 0)"
    assert execute(warehouse, f"select count(*) from {SCHEMA}.numbers where _dlt_load_id = {newest}") == [(2,)]
    execute(warehouse, f"delete from {SCHEMA}._dlt_loads where load_id = {newest}")
    assert held(pipeline)["sources"]["redshift"]["synced"] == 1
    execute(warehouse, f"delete from {SCHEMA}._dlt_pipeline_state where pipeline_name = 'guard'")  # `forget`
    assert not held(pipeline)


def test_all_staging_tables_are_made_before_the_first_row(pipeline: dlt.Pipeline, warehouse: Warehouse) -> None:
    """initialize_storage, update_stored_schema, Schema.from_dict and the hint x-normalizer: seen-data."""
    with pipeline.destination_client() as client:
        client.schema = dlt_schema("redshift")
        client.initialize_storage()
        client.update_stored_schema()
    made = execute(warehouse, f"select table_name from information_schema.tables where table_schema = '{SCHEMA}'")
    assert {name for (name,) in made} >= set(STAGING_TABLES)
    order = [
        name
        for (name,) in execute(
            warehouse,
            "select column_name from information_schema.columns where table_schema = %s and table_name = 'svv_user_info'"
            " order by ordinal_position",
            (SCHEMA,),
        )
    ]
    schema = dlt_schema("redshift")
    assert list(schema.tables["svv_user_info"]["columns"]) == order
    arrange(schema, {"svv_user_info": [(name, "text") for name in reversed(order)]})
    assert list(schema.tables["svv_user_info"]["columns"]) == order[::-1]


def test_files_are_loaded_as_they_are(tmp_path: Path) -> None:
    """dlt.mark.with_file_import: rows of a Parquet file, without columns of dlt's."""
    file = tmp_path / "numbers.parquet"
    pq.write_table(pa.table({"n": pa.array([1, 2, 3], pa.int64())}), file)
    filesystem = dlt.pipeline(
        "files", pipelines_dir=str(tmp_path / "work"), dataset_name="staging",
        destination=dlt.destinations.filesystem(str(tmp_path / "loaded")),
    )  # fmt: skip
    imported = [dlt.mark.with_file_import(str(file), "parquet", 3)]
    filesystem.run(numbers(imported), loader_file_format="parquet")
    (loaded,) = (tmp_path / "loaded" / "staging" / "numbers").glob("*.parquet")
    assert loaded.read_bytes() == file.read_bytes()


def test_errors_name_their_step_and_their_cause(pipeline: dlt.Pipeline, warehouse: Warehouse) -> None:
    """PipelineStepFailed and the exceptions of destinations: whether a package is tried again or read again."""

    def lost() -> Any:
        raise OSError("connection lost")
        yield

    with pytest.raises(PipelineStepFailed) as raised:
        pipeline.run(numbers(lost()))
    assert raised.value.step == "extract"
    assert not package_is_broken(raised.value)
    with pytest.raises(QupersyncError, match="OSError: connection lost"), one_line_errors(warehouse):
        raise raised.value
    pipeline.run(numbers([{"n": 1}], synced=1))
    execute(warehouse, f"alter table {SCHEMA}.numbers add constraint small check (n < 2)")
    with pytest.raises(PipelineStepFailed) as raised:
        pipeline.run(numbers([{"n": 2}]))
    assert raised.value.step == "load"
    assert package_is_broken(raised.value)  # by DestinationTerminalException: the warehouse refuses it for good
    with pytest.raises(WarehouseError, match='violates check constraint "small"'), one_line_errors(warehouse):
        raise raised.value


def test_credentials_of_dlt_serve_libpq(
    warehouse: Warehouse, server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgresCredentials, resolved from dlt's configuration."""
    settings = {"host": "127.0.0.1", "port": server.port, "username": USER, "password": server.password}
    for name, value in {**settings, "database": warehouse.database}.items():
        monkeypatch.setenv(f"DESTINATION__POSTGRES__CREDENTIALS__{name.upper()}", str(value))
    found = resolve_configuration(PostgresCredentials(), sections=("destination", "postgres"))
    psycopg2.connect(found.to_native_representation()).close()

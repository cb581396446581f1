"""Loads through S3: COPY with Redshift's rules, from a fake S3, as dlt's staging path writes it."""

from __future__ import annotations

import io
import subprocess
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import psycopg2
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from qupersync.clock import utc_now
from qupersync.demo.cluster import DemoCluster
from qupersync.domain.system_views import SYSTEM_VIEWS
from qupersync.project import Project
from qupersync.sync.pipeline import sync_cluster
from qupersync.warehouse.base import LABELLED, Warehouse
from qupersync.warehouse.server import EmbeddedServer, password_environment
from tests.support.dbt_runs import BUILD, dbt
from tests.support.emulated_warehouses import Emulator, differences
from tests.support.emulator.fake_s3 import FakeS3
from tests.support.stored_warehouses import FOLDER, stored_versions
from tests.support.warehouses import Warehouses, execute, rows_of

BUCKET = "emulated"
LOADED = ("sync_id", "_dlt_id", "_dlt_load_id")  # what two warehouses that read the same rows differ in


# -- COPY itself -----------------------------------------------------------------------------------------------------

TABLE = "create table {} (id bigint, name varchar(5), at timestamp, share double precision, ok boolean)"
SCHEMA = pa.schema(
    [("id", pa.int64()), ("name", pa.string()), ("at", pa.timestamp("us")), ("share", pa.float64()), ("ok", pa.bool_())]
)
ROWS: list[tuple[Any, ...]] = [
    (1, "a", datetime(2026, 1, 2, 3, 4, 5, 678901), 0.1, True),
    (2, "", None, None, False),
    (-(2**63), None, datetime(1999, 12, 31), 1e300, None),
    (4, '"\\N', datetime(2026, 1, 2), -0.0, True),
]


class Copied:
    """A table, a connection through the proxy, and files in the fake S3 under one prefix."""

    def __init__(self, warehouse: Warehouse, s3: FakeS3) -> None:
        self.s3, self.table, self.prefix = s3, f"copied_{uuid.uuid4().hex[:8]}", f"{uuid.uuid4().hex}/"
        self.connection = warehouse.connect()
        self.run(TABLE.format(self.table))
        self.connection.commit()

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall()) if cursor.description else []

    def put(self, name: str, schema: pa.Schema = SCHEMA, rows: list[tuple[Any, ...]] = ROWS) -> None:
        arrays = [pa.array(list(values), type) for values, type in zip(zip(*rows), schema.types)]
        data = io.BytesIO()
        pq.write_table(pa.Table.from_arrays(arrays, schema=schema), data)
        self.s3.put(BUCKET, self.prefix + name, data.getvalue())

    def copy(self, options: str = "parquet", columns: str = "", keys: str = "") -> int:
        owner = f"aws_access_key_id={self.s3.access_key};aws_secret_access_key={self.s3.secret_key}"
        with self.connection.cursor() as cursor:
            cursor.execute(
                f"copy {self.table} {columns} from 's3://{BUCKET}/{self.prefix}' {options} credentials '{keys or owner}'"
            )
            return int(cursor.rowcount)

    def rows(self) -> list[tuple[Any, ...]]:
        return self.run(f"select * from {self.table} order by id")


@pytest.fixture(scope="module")
def bucket(s3: FakeS3) -> FakeS3:
    s3.make_bucket(BUCKET)
    return s3


@pytest.fixture(scope="module")
def loaded(emulator: Emulator) -> Warehouse:
    """A warehouse to copy into."""
    return emulator.warehouse("copied")


@pytest.fixture
def copied(loaded: Warehouse, bucket: FakeS3, emulator: Emulator) -> Iterator[Copied]:
    made, before = Copied(loaded, bucket), len(emulator.proxy.rejected)
    yield made
    made.connection.close()
    del emulator.proxy.rejected[before:]


def test_copy_loads_all_files_of_a_prefix(copied: Copied) -> None:
    copied.put("1.parquet")
    copied.put("2.parquet", rows=[(5, "zwölf"[:4], None, 0.5, True)])
    assert copied.copy() == 5
    assert copied.rows() == sorted([*ROWS, (5, "zwöl", None, 0.5, True)])


def test_copy_rolls_back(copied: Copied) -> None:
    copied.put("1.parquet")
    copied.copy()
    copied.connection.rollback()
    assert copied.rows() == []


def test_parquet_columns_map_by_position(copied: Copied) -> None:
    swapped = pa.schema([("ok", pa.int64()), ("at", pa.string()), *list(SCHEMA)[2:]])
    copied.put("1.parquet", swapped)
    copied.copy()
    assert copied.rows() == sorted(ROWS)


def test_json_columns_map_by_name(copied: Copied) -> None:
    copied.s3.put(BUCKET, copied.prefix + "1.jsonl", b'{"name": "b", "id": 1, "unknown": 2}\n{"id": 2, "ok": true}\n')
    assert copied.copy("format as json 'auto' dateformat 'auto' timeformat 'auto'") == 2
    assert copied.rows() == [(1, "b", None, None, None), (2, None, None, None, True)]


@pytest.mark.parametrize(
    ("schema", "rows", "message"),
    [
        (pa.schema(list(SCHEMA)[:4]), [row[:4] for row in ROWS], "Unmatched number of columns.* Table columns: 5, Data columns: 4"),
        (pa.schema([("id", pa.int32()), *list(SCHEMA)[1:]]), [(1, *ROWS[0][1:])], "incompatible Parquet schema for column 'id'"),
        (pa.schema([SCHEMA[1], SCHEMA[0], *list(SCHEMA)[2:]]), [("a", 1, *ROWS[0][2:])], "incompatible Parquet schema"),
        (SCHEMA, [(1, "fünfe", *ROWS[0][2:])], "longer than the length defined in the table. Table: 5, Data: 6"),
    ],
    ids=["count", "width", "order", "bytes"],
)  # fmt: skip
def test_copy_rejects_a_file_that_does_not_fit(
    copied: Copied, schema: pa.Schema, rows: list[tuple[Any, ...]], message: str
) -> None:
    copied.put("1.parquet", schema, rows)
    with pytest.raises(psycopg2.errors.InternalError_, match=f"Spectrum Scan Error\n.*{message}"):
        copied.copy()
    copied.connection.rollback()
    assert copied.rows() == []


def test_copy_with_a_column_list(copied: Copied) -> None:
    copied.put("1.parquet", pa.schema([SCHEMA[1], SCHEMA[0]]), [("x", 7)])
    assert copied.copy(columns="(name, id)") == 1
    assert copied.rows() == [(7, "x", None, None, None)]


def test_copy_rejects_missing_files_wrong_keys_and_unknown_options(copied: Copied) -> None:
    for words, message in (
        ({}, "The specified S3 prefix '.*' does not exist"),
        ({"keys": "aws_access_key_id=other;aws_secret_access_key=other"}, "Access Key Id you provided does not exist"),
        ({"options": "parquet explicit_ids"}, "does not know these options"),
    ):
        with pytest.raises(psycopg2.Error, match=message):
            copied.copy(**words)
        copied.connection.rollback()


# -- dlt's staging path ----------------------------------------------------------------------------------------------


@pytest.fixture
def through_s3(bucket: FakeS3, monkeypatch: pytest.MonkeyPatch) -> str:
    """Dlt's configuration of a bucket for staged files; the prefix of the files."""
    prefix = uuid.uuid4().hex
    for name, value in {
        "BUCKET_URL": f"s3://{BUCKET}/{prefix}",
        "CREDENTIALS__AWS_ACCESS_KEY_ID": bucket.access_key,
        "CREDENTIALS__AWS_SECRET_ACCESS_KEY": bucket.secret_key,
        "CREDENTIALS__ENDPOINT_URL": bucket.endpoint,
    }.items():
        monkeypatch.setenv(f"DESTINATION__FILESYSTEM__{name}", value)
    return prefix


def staged_differences(found: Warehouse, expected: Warehouse) -> dict[str, Any]:
    """Staging tables of other rows, each with the first row that differs."""
    result = {}
    for view in SYSTEM_VIEWS:
        rows = [rows_of(one, f"{one.staging_schema}.{view}", LOADED) for one in (found, expected)]
        if rows[0] != rows[1]:
            different = [pair for pair in zip(*rows) if pair[0] != pair[1]]
            result[view] = (len(rows[0]), len(rows[1]), different[:1])
    return result


def test_sync_through_s3_stages_the_same_rows(
    project: Project, warehouses: Warehouses, emulator: Emulator, cluster: DemoCluster, through_s3: str, bucket: FakeS3,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    postgres, redshift = warehouses.make(), emulator.warehouse("through_s3")
    before, refused_before, now = emulator.proxy.copies, len(emulator.rejected), utc_now()
    spoken: dict[int, list[str]] = {}
    monkeypatch.setattr(
        emulator.proxy, "on_statement", lambda session, text: spoken.setdefault(session, []).append(text)
    )
    for ago in (timedelta(days=1), timedelta(0)):
        cluster.show(now - ago)
        for warehouse in (postgres, redshift):
            assert not sync_cluster(project, warehouse, cluster.config, now=now - ago).failed
    # The marts leave out what the label marks: dlt's sessions begin with it as ours do.
    assert any(text.lstrip().startswith("COPY") for texts in spoken.values() for text in texts)
    for texts in spoken.values():
        assert LABELLED in texts[:2], texts[:2]
        # dlt resets its sessions: at first, and after an error.
        resets = [number for number, text in enumerate(texts) if text == "DISCARD ALL"]
        assert {texts[number + 1] for number in resets} <= {LABELLED}
    assert staged_differences(redshift, postgres) == {}
    assert emulator.proxy.copies - before >= 2 * len(SYSTEM_VIEWS) - 4
    assert bucket.keys(BUCKET, f"{through_s3}/")
    assert emulator.rejected[refused_before:] == []


@pytest.mark.strict
@pytest.mark.parametrize("version", stored_versions())
def test_sync_through_s3_into_an_older_warehouse(
    project: Project, warehouses: Warehouses, server: EmbeddedServer, emulator: Emulator, cluster: DemoCluster,
    through_s3: str, version: int,
) -> None:  # fmt: skip
    redshift = emulator.warehouse(f"older_{version}", threads=1)
    subprocess.run(
        [server.client("pg_restore"), "--no-owner", "-h", "127.0.0.1", "-p", str(emulator.upstream.port),
         "-U", emulator.upstream.user, "-d", redshift.database, FOLDER / f"warehouse_v{version}.dump"],
        env=password_environment(emulator.upstream.password), check=True,
    )  # fmt: skip
    postgres, now = warehouses.make(), utc_now()
    cluster.show(now)
    for warehouse in (postgres, redshift):
        assert not sync_cluster(project, warehouse, cluster.config, now=now).failed
    kept = "cluster_id <> %s"  # of the dump: not in the new warehouse
    for view in SYSTEM_VIEWS:
        execute(redshift, f"delete from {redshift.staging_schema}.{view} where {kept}", (cluster.config.name,))
    for view in SYSTEM_VIEWS:
        names = [
            f'"{name}"' for (name,) in execute(
                postgres, "select column_name from information_schema.columns where table_schema = %s and table_name = %s "
                "and column_name not in ('sync_id', '_dlt_id', '_dlt_load_id') order by 1",
                (postgres.staging_schema, view),
            )
        ]  # fmt: skip
        select = f"select {', '.join(names)} from qupersync_staging.{view} order by {', '.join(names)}"
        assert execute(redshift, select) == execute(postgres, select), view
    dbt(redshift, *BUILD, project=project)


@pytest.mark.strict
def test_builds_after_syncs_through_s3(
    project: Project, warehouses: Warehouses, emulator: Emulator, cluster: DemoCluster, through_s3: str
) -> None:
    assert through_s3
    postgres, redshift = warehouses.make(), emulator.warehouse("built_from_s3", threads=1)
    now = utc_now()
    for ago in (timedelta(days=1), timedelta(0)):
        cluster.show(now - ago)
        for warehouse in (postgres, redshift):
            assert not sync_cluster(project, warehouse, cluster.config, now=now - ago).failed
            dbt(warehouse, *BUILD, project=project)
    assert differences(redshift, postgres) == {}

"""The staging tables as dlt has them: column hints, and the schema of all of staging."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..domain.staged import StagedRow
from ..domain.sync_records import SYNC_RECORDS
from .tables import STAGING_TABLES, staged_columns

if TYPE_CHECKING:
    from dlt import Schema

_DLT_TYPES: dict[type, dict[str, Any]] = {
    int: {"data_type": "bigint"},
    float: {"data_type": "double"},
    bool: {"data_type": "bool"},
    str: {"data_type": "text"},
    datetime: {"data_type": "timestamp", "timezone": False, "precision": 6},
}


def dlt_columns(row: type[StagedRow]) -> dict[str, dict[str, Any]]:
    """Column hints for dlt, in staging order."""
    made: dict[str, dict[str, Any]] = {}
    for column in staged_columns(row):
        made[column.name] = {
            "name": column.name,
            **_DLT_TYPES[column.type],
            "nullable": column.nullable,
            "description": column.about,
        }
        if column.length:
            made[column.name]["precision"] = column.length
    made["synced_at"]["sort"] = True  # Redshift's sort key: an increment reads the rows of a few syncs
    return made


# Types of a warehouse's information schema, of columns that a sync made.
_SQL_TYPES: dict[str, dict[str, Any]] = {
    "character varying": _DLT_TYPES[str],
    "text": _DLT_TYPES[str],
    "bigint": _DLT_TYPES[int],
    "integer": _DLT_TYPES[int],
    "smallint": _DLT_TYPES[int],
    "double precision": _DLT_TYPES[float],
    "boolean": _DLT_TYPES[bool],
    "timestamp without time zone": _DLT_TYPES[datetime],
}

TableColumns = dict[str, list[tuple[str, str]]]  # table → names and types, as Warehouse.staging_columns has them


def arranged_columns(row: type[StagedRow], table: list[tuple[str, str]]) -> dict[str, dict[str, Any]]:
    """Column hints in the order of the warehouse's table, with the columns that it has and a sync does not fill."""
    hints = dlt_columns(row)
    arranged = {
        name: hints.pop(name, {"name": name, **_SQL_TYPES.get(kind, _DLT_TYPES[str]), "nullable": True})
        for name, kind in table
    }
    return {**arranged, **hints}


def arrange(schema: Schema, tables: TableColumns) -> None:
    """Give the tables of a pipeline's schema the order of columns that the warehouse has.

    dlt rewrites a file whose columns are in another order than its schema's, and COPY of Parquet goes by position.
    """
    for name, table in tables.items():
        columns = schema.tables[name]["columns"] if name in schema.tables else {}
        order = [column for column, _ in table if column in columns]
        arranged = {column: columns[column] for column in (*order, *(c for c in columns if c not in order))}
        columns.clear()
        columns.update(arranged)


# What dlt itself adds to rows that it writes (files of ours it takes as they are).
_DLT_OWN: dict[str, dict[str, Any]] = {
    "_dlt_load_id": {"name": "_dlt_load_id", "data_type": "text", "precision": 128, "nullable": False},
    "_dlt_id": {"name": "_dlt_id", "data_type": "text", "precision": 128, "nullable": False, "row_key": True},
}


def dlt_schema(name: str) -> Schema:
    """The schema of all of staging, whether or not a table gets rows in the first sync.

    dlt would make a table only with its first row, or by an empty file: of JSON, which gives the table columns that our
    Parquet files do not have, or of Parquet, on which the load fails at every retry.
    """
    from dlt import Schema

    schema = Schema(name)
    for table, row in STAGING_TABLES.items():
        columns = {**dlt_columns(row), **(_DLT_OWN if table in SYNC_RECORDS else {})}
        made = {"name": table, "resource": table, "columns": columns, "write_disposition": "append"}
        schema.update_table({**made, "x-normalizer": {"seen-data": True}})  # type: ignore[typeddict-item]
    # From its stored form: dlt takes a schema that was edited and not stored for one that was tampered with.
    return Schema.from_dict(schema.to_dict())  # type: ignore[arg-type]

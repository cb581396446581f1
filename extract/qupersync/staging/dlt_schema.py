"""The staging tables as dlt has them: column hints, and the schema of all of staging."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..domain.staged import StagedRow
from ..domain.sync_records import SYNC_RECORDS
from .tables import STAGING_TABLES, staged_columns

if TYPE_CHECKING:
    from dlt.common.schema import Schema

_DLT_TYPES: dict[type, dict[str, Any]] = {
    int: {"data_type": "bigint"},
    float: {"data_type": "double"},
    bool: {"data_type": "bool"},
    str: {"data_type": "text"},
    datetime: {"data_type": "timestamp", "timezone": False, "precision": 6},
}


def dlt_columns(row: type[StagedRow]) -> dict[str, dict[str, Any]]:
    """Column hints for dlt, in staging order."""
    made = {}
    for column in staged_columns(row):
        made[column.name] = {
            "name": column.name,
            **_DLT_TYPES[column.type],
            "nullable": column.nullable,
            "description": column.about,
        }
        if column.length:
            made[column.name]["precision"] = column.length
    return made


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
    from dlt.common.schema import Schema
    from dlt.common.schema.utils import new_table

    schema = Schema(name)
    for table, row in STAGING_TABLES.items():
        columns = {**dlt_columns(row), **(_DLT_OWN if table in SYNC_RECORDS else {})}
        made = new_table(table, write_disposition="append", columns=list(columns.values()))  # type: ignore[arg-type]
        made["x-normalizer"] = {"seen-data": True}
        schema.update_table(made)
    # From its stored form: dlt takes a schema that was edited and not stored for one that was tampered with.
    return Schema.from_dict(schema.to_dict())  # type: ignore[arg-type]

"""From a row dataclass: the dlt columns, the Arrow schema, the SELECT list and dbt's source description."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .domain.staged import Column, StagedRow, Stamp
from .domain.sync_records import SYNC_RECORDS
from .domain.system_views import SYSTEM_VIEWS, SystemView
from .wire import TYPES

if TYPE_CHECKING:
    import pyarrow as pa
    from dlt.common.schema import Schema

# Version of the staging schema: raise it with every change of a staged dataclass, so that the next sync evolves the
# frozen contract once.
STAGING_VERSION = 3

STAGING_TABLES: dict[str, type[StagedRow]] = {**SYSTEM_VIEWS, **SYNC_RECORDS}


def quote(identifier: str) -> str:
    """A quoted SQL identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A quoted SQL string (of our own words: none has a backslash, which Redshift takes for an escape)."""
    return "'" + value.replace("'", "''") + "'"


def moment_literal(value: datetime) -> str:
    """A timestamp as SQL, for Redshift and PostgreSQL alike."""
    return f"'{value.isoformat(sep=' ', timespec='microseconds')}'::timestamp"


def staged_columns(row: type[StagedRow]) -> tuple[Column, ...]:
    """The columns of a staging table: the stamp, then the row's own."""
    return (*Stamp.columns(), *row.columns())


# -- dlt -------------------------------------------------------------------------------------------------------------

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


# -- Arrow -----------------------------------------------------------------------------------------------------------


def arrow_schema(columns: Iterable[Column]) -> pa.Schema:
    """The Arrow schema of these columns."""
    import pyarrow as pa

    types = {
        int: pa.int64(),
        float: pa.float64(),
        bool: pa.bool_(),
        str: pa.string(),
        datetime: pa.timestamp("us"),
    }
    return pa.schema([pa.field(c.name, types[c.type], nullable=c.nullable) for c in columns])


# -- SQL -------------------------------------------------------------------------------------------------------------

# Nothing but casts, and those only where the wire would bring something else: what char(n) columns are padded with is
# trimmed by the stager, not by the cluster.
_SELECT: dict[type, Callable[[str], str]] = {
    int: "{}::bigint".format,
    float: "{}::double precision".format,
    bool: "{}::boolean".format,
    str: "{}::varchar(65535)".format,
    datetime: "{}::timestamp".format,
}


def select_list(view: type[SystemView], present: Mapping[str, int], as_text: bool = False) -> str:
    """The SELECT list over a view with the columns ``present`` (name → OID); an optional one that is missing is NULL.

    ``as_text``: every value as the server's text, nothing cast that a bad value could fail.
    """
    items = []
    for column in view.columns():
        if column.derived:
            continue
        name = quote(column.name)
        if not as_text and TYPES.get(present.get(column.name, 0)) is column.type:
            items.append(name)
            continue
        source = name if column.name in present else "null"
        cast = _SELECT[str] if as_text else _SELECT[column.type]
        items.append(f"{cast(source)} as {name}")
    return ",\n  ".join(items)


def select_query(view: type[SystemView], present: Mapping[str, int], where: str = "", as_text: bool = False) -> str:
    """One pass over the view: only our columns, only the rows of ``where`` (SQL without the keyword)."""
    conditions = [where] if where else []
    if view.only:
        conditions.append(f"rtrim({quote(view.only[0])}) = {literal(view.only[1])}")
    tail = f"\nwhere {' and '.join(conditions)}" if conditions else ""
    return f"select\n  {select_list(view, present, as_text)}\nfrom {view.view}{tail}"


# -- dbt -------------------------------------------------------------------------------------------------------------


def _dbt_type(column: Column) -> str:
    if column.type is str:
        return f"varchar({column.length})"
    return {int: "bigint", float: "double precision", bool: "boolean", datetime: "timestamp"}[column.type]


def sources_yaml() -> str:
    """``models/staging/sources.yml``: the staging tables as a dbt source."""
    import yaml

    tables: list[dict[str, Any]] = []
    for name, row in STAGING_TABLES.items():
        # Numbers first: they sort in half the time of a text, and all columns are asked for by equality.
        paths = {"sync": ("cluster_id", "synced_at")} | {
            path[0]: (*path, "cluster_id") for path in getattr(row, "access", ())
        }
        table: dict[str, Any] = {
            "name": name,
            "description": " ".join((row.__doc__ or "").split()),
            "config": {"meta": {"indexes": {f"{name}_by_{by}": list(columns) for by, columns in paths.items()}}},
            "columns": [
                {
                    "name": column.name,
                    "description": column.about,
                    "data_type": _dbt_type(column),
                    "quote": True,
                    **({} if column.nullable else {"config": {"meta": {"required": True}}}),
                }
                for column in staged_columns(row)
            ],
        }
        if name in SYNC_RECORDS:  # rows that dlt writes itself carry its own columns
            table["columns"] += [
                {"name": "_dlt_load_id", "description": "The load, in _dlt_loads.", "data_type": "varchar(128)"},
                {"name": "_dlt_id", "description": "dlt's id of the row.", "data_type": "varchar(128)"},
            ]
        if name == "sync_runs":
            table["config"] |= {
                "loaded_at_field": "finished_at",
                "freshness": {
                    "warn_after": {"count": 1, "period": "day"},
                    "error_after": {"count": 5, "period": "day"},
                    "filter": "outcome = 'ok'",
                },
            }
        tables.append(table)
    document = {
        "version": 2,
        "sources": [
            {
                "name": "staging",
                "description": "Raw row versions, append-only: one row per sync that read the row.",
                "schema": "{{ target.schema }}_staging",
                "tables": tables,
            }
        ],
    }
    head = "# Generated from extract/qupersync/domain by `qupersync schema`: change the dataclasses, not this file.\n"
    return head + str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120))

"""``models/staging/sources.yml``: the staging tables as dbt sources."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..domain.staged import Column
from ..domain.sync_records import SYNC_RECORDS
from .tables import STAGING_TABLES, staged_columns


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
                    # The bounds of the finding "stale sync": one pair of thresholds.
                    "warn_after": {"count": "{{ var('findings_stale_hours') | int }}", "period": "hour"},
                    "error_after": {"count": "{{ var('findings_stale_critical_hours') | int }}", "period": "hour"},
                    "filter": "outcome = 'ok'",
                },
            }
        tables.append(table)
    document = {
        "version": 2,
        "sources": [
            {
                "name": "qupersync_staging",  # no name that a project which uses the package may have
                "description": "Raw row versions, append-only: one row per sync that read the row.",
                # As Warehouse.staging_schema has it.
                "schema": "{{ var('qupersync_staging_schema') or target.schema ~ '_staging' }}",
                "tables": tables,
            }
        ],
    }
    head = "# Generated from extract/qupersync/domain by `qupersync schema`: change the dataclasses, not this file.\n"
    return head + str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120))

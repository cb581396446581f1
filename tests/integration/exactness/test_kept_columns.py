"""Pruning loses nothing: each staged column reaches an entity or a history, or says why it does not.

Clusters with the same rows, each with one column changed: a column is kept where the entities show the change.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from qupersync.domain.staged import Column
from qupersync.domain.system_views import SYSTEM_VIEWS
from qupersync.project import Project
from qupersync.warehouse.base import Warehouse
from tests.support.dbt_runs import dbt
from tests.support.staged_rows import stage
from tests.support.warehouses import ENTITIES

Rows = dict[str, list[dict[str, Any]]]
START = datetime(2026, 5, 25)
SYNCED = datetime(2026, 6, 1, 12)
MINUTE = timedelta(minutes=1)
DEFAULTS: dict[type, Any] = {int: 5, float: 1.5, str: "x", bool: False, datetime: START}
# What a row must have for the models to see it; a column without an entry has the default of its type.
GIVEN: Rows = {
    "sys_query_history": [{"status": "success", "end_time": START + MINUTE, "short_query_accelerated": "true"}],
    "sys_query_detail": [{"metrics_level": "segment", "start_time": START + MINUTE / 2, "is_active": "f"}],
    "svv_table_info": [{"tbl_rows": 1000, "estimated_visible_rows": 900, "diststyle": "KEY(a)", "encoded": "Y"}],
    "stl_vacuum": [
        {"status": "Started", "rows": 9, "sortedrows": 3, "blocks": 8},
        {"status": "Finished", "eventtime": START + MINUTE},
    ],
    "sys_vacuum_history": [
        {"table_id": 6, "transaction_id": 6, "status": "Started", "vacuum_type": "Delete", "end_time": None},
        {"table_id": 6, "transaction_id": 6, "status": "Finished", "vacuum_type": "Delete", "end_time": START + MINUTE},
    ],
    "stv_slices": [{"type": "D"}],
    "stv_partitions": [{"mount": "/dev/nvme0n1"}],
}
# Where a text has a vocabulary.
CHANGED = {
    ("sys_query_history", "status"): "failed",
    ("sys_query_history", "short_query_accelerated"): "false",
    ("sys_query_detail", "is_active"): "t",
    ("sys_query_detail", "metrics_level"): "segment   ",
    ("svv_table_info", "diststyle"): "KEY(b)",
    ("svv_table_info", "encoded"): "N",
    ("stl_vacuum", "status"): "Skipped",
    ("stl_vacuum", "is_recluster"): 1,
    ("sys_vacuum_history", "status"): "Failed",
    ("sys_vacuum_history", "vacuum_type"): "Sort",
    ("stv_slices", "type"): "R",
    ("stv_partitions", "mount"): "/dev/sda",
}
COLUMNS = [(view, column) for view, row in SYSTEM_VIEWS.items() for column in row.columns()]


def changed(value: Any) -> Any:
    """Another value of the same type."""
    if isinstance(value, (bool, type(None))):
        return None if value is None else not value
    if isinstance(value, datetime):
        return value + timedelta(seconds=1)
    return value + ("x" if isinstance(value, str) else 1)


def rows(view: str = "", column: str = "") -> Rows:
    """A row or two of each view, all of one column changed."""
    made: Rows = {}
    for name, row in SYSTEM_VIEWS.items():
        made[name] = [
            {one.name: DEFAULTS[one.type] for one in row.columns()} | given for given in GIVEN.get(name, [{}])
        ]
    for one in made.get(view, []):
        one[column] = CHANGED.get((view, column), changed(one[column]))
    return made


def kept(warehouse: Warehouse) -> dict[str, set[tuple[Any, ...]]]:
    """Cluster → the rows of all entities, without what says only when and by which sync they were read."""
    found: dict[str, set[tuple[Any, ...]]] = defaultdict(set)
    for entity in ENTITIES:
        names, values = warehouse.fetch(f"select * from qupersync.{entity}")
        for value in values:
            row = dict(zip(names, value))
            left = {n: v for n, v in row.items() if n not in ("cluster_id", "sync_id", "synced_at", "built_at")}
            found[row["cluster_id"]].add((entity, *left.items()))
    return found


def test_every_staged_column_is_kept_or_says_why_not(project: Project, warehouse: Warehouse) -> None:
    dbt(warehouse, "run", "--select", "absorbed_syncs", project=project)
    stage(warehouse, rows(), "unchanged", SYNCED, cluster="unchanged")
    for n, (view, column) in enumerate(COLUMNS):
        stage(warehouse, rows(view, column.name), f"s{n}", SYNCED, cluster=f"{view}.{column.name}")
    dbt(
        warehouse, "build", "--select", "path:models/staging", "path:models/bookkeeping", "path:models/entities",
        "path:models/seeds", "--exclude-resource-type", "test", "unit_test", project=project,
    )  # fmt: skip
    found = kept(warehouse)
    unchanged = found.pop("unchanged")
    assert len(unchanged) > len(ENTITIES), "some row of each view must count"
    assert set(found) == {f"{view}.{column.name}" for view, column in COLUMNS}
    lost = {name for name, entities in found.items() if entities == unchanged}
    assert lost == {f"{view}.{column.name}" for view, column in COLUMNS if column.unkept}


def test_reasons_are_sentences() -> None:
    reasons: list[Column] = [column for _, column in COLUMNS if column.unkept is not None]
    assert len(reasons) > 5
    assert all(str(column.unkept)[0].isupper() and str(column.unkept).endswith(".") for column in reasons)

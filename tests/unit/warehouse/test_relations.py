"""Whose a relation in our schemas is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from qupersync.warehouse.base import Warehouse
from qupersync.warehouse.relations import is_ours

WAREHOUSE = cast("Warehouse", SimpleNamespace(staging_schema="q_staging", views_schema="q_staging"))


@pytest.mark.parametrize(
    ("schema", "name", "kind", "ours"),
    [
        ("q_marts", "findings", "view", True),
        ("q_marts", "findings__dbt_backup", "view", True),
        ("q_marts", "findings__outdated", "view", True),
        ("q_marts", "findings__outdated", "table", False),  # somebody's, which had the name of a view of ours
        ("q_marts", "orders", "table", False),
        ("q_staging", "sync_runs", "table", True),
        ("q_staging", "_dlt_loads", "table", True),
        ("q_staging", "reader_grants", "table", True),
        ("q_marts", "sync_runs", "table", False),
    ],
)
def test_is_ours(schema: str, name: str, kind: str, ours: bool) -> None:
    assert is_ours(WAREHOUSE, schema, name, {"findings"}, kind) is ours

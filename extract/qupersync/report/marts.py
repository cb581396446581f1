"""Queries on the marts, for the chosen clusters and days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from ..sql import quote
from ..warehouse.base import Warehouse
from .model import Row

TABLE_ROWS = 15
SPILL_GB = "sum(spilled_blocks) * 8.0 / 1048576"  # spilled_blocks are 8 KB each


class Marts:
    """Answers SQL with the placeholders that all queries of the report share.

    In braces: ``marts`` and ``entities`` are schemas, ``selected`` is the condition on the clusters, ``spill_gb`` the
    sum of the spill in GB, ``muted`` the reason why a finding is muted. Parameters: ``first`` and ``last`` day of the
    charts; ``week`` (6 days before the last) and ``before`` (14 days); ``hour`` (the newest sync's, so that only whole
    hours are compared), ``week_ago`` and ``two_weeks_ago`` before it; ``rows`` of a table.
    """

    def __init__(self, warehouse: Warehouse, clusters: Sequence[str], newest: datetime, days: int) -> None:
        self.warehouse, self.days, self.last_day = warehouse, days, newest.date()
        self.first_day = self.last_day - timedelta(days=days - 1)
        hour = newest.replace(minute=0, second=0, microsecond=0)
        self._parameters: dict[str, Any] = {
            "clusters": tuple(clusters), "first": self.first_day, "last": self.last_day,
            "week": self.last_day - timedelta(days=6), "before": self.last_day - timedelta(days=14),
            "hour": hour, "week_ago": hour - timedelta(days=7), "two_weeks_ago": hour - timedelta(days=14),
            "rows": TABLE_ROWS,
        }  # fmt: skip

    @cached_property
    def _muted(self) -> str:
        """Why a finding is muted; a warehouse that was built before they could be has no such column."""
        names, _ = self.warehouse.fetch(f"select * from {quote(self.warehouse.marts_schema)}.findings limit 0")
        return "muted_reason" if "muted_reason" in names else "cast(null as varchar(1024))"

    def __call__(self, sql: str, **parameters: Any) -> list[Row]:
        """The rows of a query. Errors: WarehouseError."""
        filled = sql.format(
            marts=quote(self.warehouse.marts_schema),
            entities=quote(self.warehouse.schema),
            selected="cluster_id in %(clusters)s",
            spill_gb=SPILL_GB,
            muted=self._muted if "{muted}" in sql else "",
        )
        names, rows = self.warehouse.fetch(filled, {**self._parameters, **parameters})
        return [dict(zip(names, row)) for row in rows]

"""The contents of a report, read from the marts and summed up in SQL: the page does not grow with history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Optional

from ..errors import ConfigurationError, WarehouseError
from ..hints import hint
from ..warehouse.base import Warehouse
from .freshness import Thresholds, freshness_of, newest_syncs
from .marts import Marts
from .model import SEVERITIES, Report
from .sections import SECTIONS
from .tiles import tiles


def gather(
    warehouse: Warehouse, thresholds: Thresholds, clusters: Optional[Sequence[str]], days: int, now: datetime
) -> Report:
    """Read the marts for some or all clusters. ``now`` is naive UTC.

    Errors: ConfigurationError for an unknown cluster, WarehouseError where nothing is built.
    """
    synced = newest_syncs(warehouse)
    _, built = warehouse.fetch(
        "select 1 from information_schema.tables where table_schema = %s and table_name = 'findings'",
        (warehouse.marts_schema,),
    )
    if not built or not synced:
        raise WarehouseError(f"{warehouse.where} has nothing to report yet: run {hint('run')} first")
    for cluster in clusters or ():
        if cluster not in synced:
            raise ConfigurationError(f"--cluster {cluster}: not in {warehouse.where}, which has {', '.join(synced)}")
    chosen = {name: at for name, at in synced.items() if not clusters or name in clusters}
    marts = Marts(warehouse, list(chosen), max(chosen.values()), days)
    opened, resolved = _opened_and_resolved(marts)
    return Report(
        target=warehouse.target, made_at=now, days=days, first_day=marts.first_day, last_day=marts.last_day,
        clusters=[freshness_of(name, at, thresholds, now) for name, at in chosen.items()],
        severities=_severities(marts), opened=opened, resolved=resolved,
        tiles=tiles(marts),
        sections=[section(marts) for section in SECTIONS],
    )  # fmt: skip


def _severities(marts: Marts) -> dict[str, int]:
    found = marts(
        "select severity, count(*) as n from {marts}.findings where {selected} and {muted} is null group by severity"
    )
    counted = {row["severity"]: int(row["n"]) for row in found}
    return {severity: counted.get(severity, 0) for severity in SEVERITIES}


def _opened_and_resolved(marts: Marts) -> tuple[int, int]:
    (row,) = marts(
        """
        select sum(case when first_seen >= %(week)s and resolved_at is null then 1 else 0 end) as opened,
            sum(case when resolved_at >= %(week)s then 1 else 0 end) as resolved
        from {marts}.findings_history where {selected}
        """
    )
    return int(row["opened"] or 0), int(row["resolved"] or 0)

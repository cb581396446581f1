"""How fresh a cluster's rows are: one rule for `status` and the report, with the thresholds of the findings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Optional

from ..config.dbt_project import number_var
from ..project import Project
from ..sql import quote
from ..warehouse.base import Warehouse

FRESH, STALE, CRITICAL = "fresh", "stale", "critically stale"


@dataclass(frozen=True)
class Thresholds:
    """From which age on the newest sync of a cluster is stale, and critically so."""

    stale: timedelta
    critical: timedelta

    @classmethod
    def of(cls, project: Project) -> Thresholds:
        """The vars of dbt_project.yml that the finding `stale sync` has too. Errors: ConfigurationError."""
        return cls(
            stale=timedelta(hours=number_var(project, "findings_stale_hours")),
            critical=timedelta(hours=number_var(project, "findings_stale_critical_hours")),
        )


@dataclass(frozen=True)
class Freshness:
    """A cluster and the age of its newest successful sync; None: there is none."""

    cluster: str
    synced_at: Optional[datetime]
    age: Optional[timedelta]
    level: str  # FRESH, STALE or CRITICAL

    @property
    def is_stale(self) -> bool:
        """Is it older than the first threshold?"""
        return self.level != FRESH

    @property
    def hours(self) -> Optional[float]:
        """The age in hours."""
        return None if self.age is None else self.age.total_seconds() / 3600


def freshness_of(cluster: str, synced_at: Optional[datetime], thresholds: Thresholds, now: datetime) -> Freshness:
    """Judge a cluster by the time of its newest successful sync (naive UTC)."""
    if synced_at is None:
        return Freshness(cluster, None, None, CRITICAL)
    age = now - synced_at
    level = CRITICAL if age > thresholds.critical else STALE if age > thresholds.stale else FRESH
    return Freshness(cluster, synced_at, age, level)


def newest_syncs(warehouse: Warehouse) -> dict[str, datetime]:
    """When the newest sync that read something began, by cluster in order of their names (naive UTC)."""
    _, rows = warehouse.fetch(
        f"select cluster_id, max(synced_at) from {quote(warehouse.staging_schema)}.sync_runs where outcome = 'ok' "
        "group by cluster_id order by cluster_id"
    )
    return dict(rows)

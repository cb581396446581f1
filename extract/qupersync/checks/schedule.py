"""The check of the schedule: do syncs run often enough for the time that Redshift keeps its views' rows?"""

from __future__ import annotations

import itertools
from typing import Optional

from ..config.clusters import ClusterConfig
from ..sql import quote
from ..warehouse.base import Warehouse

NEWEST_SYNCS = 10  # the usual time between syncs is the median over these


def check_schedule(warehouse: Warehouse, config: ClusterConfig) -> Optional[str]:
    """A warning when syncs of a cluster run so rarely that a failed one would lose history; else None."""
    staging = quote(warehouse.staging_schema)
    _, rows = warehouse.fetch(
        f"select distinct synced_at from {staging}.sync_runs where cluster_id = %s and outcome = 'ok' "
        "order by synced_at desc limit %s",
        (config.name, NEWEST_SYNCS),
    )
    times = [synced_at for (synced_at,) in rows]
    between = sorted(later - earlier for later, earlier in itertools.pairwise(times))
    if not between:
        return None
    usual, days = between[len(between) // 2], config.retention.days
    if 2 * usual <= config.retention:
        return None
    hours = usual.total_seconds() / 3600
    interval = f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:.0f} hours"
    loss = "every sync misses rows" if usual > config.retention else "one failed sync loses rows"
    return f"a sync runs every {interval} and the views keep {days} days: {loss}. Sync at least once a day"

"""`qupersync prune`: delete staged rows that are applied to the entities."""

from __future__ import annotations

from typing import Optional

from ..clock import utc_now
from ..config.dbt_project import APPLIES_SYNCS, models_with_meta
from ..project import Project
from ..warehouse.open import open_warehouse
from ..warehouse.prune import prune_staging


def prune(project: Project, target: Optional[str], days: int) -> int:
    """Delete staged rows older than ``days`` that are applied to the entities; 0. Errors: QupersyncError."""
    models = models_with_meta(project, APPLIES_SYNCS)
    deleted = prune_staging(open_warehouse(project, target), models, days, utc_now())
    for table, rows in deleted.items():
        if rows:
            print(f"  {table:<32}{rows:>12,} rows")
    print(f"pruned {sum(deleted.values()):,} staged rows older than {days} days; entities and histories are unchanged")
    return 0

"""`qupersync prune`: staging stays small, the history stays whole."""

from __future__ import annotations

from typing import Optional

from ..project import Project
from ..prune import prune_staging
from ..source import utc_now
from ..warehouse import open_warehouse


def prune(project: Project, target: Optional[str], days: int) -> int:
    """Delete staged rows older than ``days`` that the entities have taken up; 0. Errors: QupersyncError."""
    deleted = prune_staging(open_warehouse(project, target), days, utc_now())
    for table, rows in deleted.items():
        if rows:
            print(f"  {table:<32}{rows:>12,} rows")
    print(
        f"pruned {sum(deleted.values()):,} staged rows older than {days} days; entities and histories are as they were"
    )
    return 0

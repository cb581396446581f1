"""VACUUM runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Optional

from .base import BaseEntity


@dataclass
class VacuumHistory(BaseEntity):
    """
    Records of vacuum operations on Redshift tables.
    Sourced from stl_vacuum.
    """

    table_id: int
    table_name: str
    schema: str
    vacuum_type: str  # FULL | SORT ONLY | DELETE ONLY | RECLUSTER
    status: str  # Initiated | Started | Finished | Failed | Skipped
    start_time: datetime
    end_time: Optional[datetime]
    reclaimable_rows: Optional[int]
    impacted_blocks: Optional[int]  # each block = 1 MB reclaimable

    @property
    def reclaimable_gb(self) -> Optional[float]:
        """Space the run could give back in GB; None when Redshift gave no estimate."""
        if self.impacted_blocks is None:
            return None
        return self.impacted_blocks / 1024.0

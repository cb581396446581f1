"""Table health."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Optional

from .base import BaseEntity


@dataclass
class TableStats(BaseEntity):
    """
    Represents metadata and health metrics for a Redshift table.
    Sourced from svv_table_info and related system views.
    """

    schema: str
    table_name: str
    table_id: int
    tbl_rows: Optional[int]  # includes rows marked for deletion
    size_mb: float  # 1 MB blocks
    unsorted_pct: Optional[float]  # % rows not in sort key order; None without a sort key
    pct_skew_across_slices: float  # 100 x (max - min) / min rows per slice
    diststyle: str  # EVEN | KEY | ALL | AUTO
    sort_key1: Optional[str]  # primary sort key column
    sortkey_num: int  # number of sort keys
    encoded: str  # Y/N: any compressed columns?
    pct_rows_marked_for_deletion: float  # ghost row percentage
    last_vacuum_date: Optional[datetime]
    vacuum_type: Optional[str]  # FULL | SORT ONLY | DELETE ONLY

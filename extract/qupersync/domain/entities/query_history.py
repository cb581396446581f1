"""Finished queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Optional

from .base import BaseEntity


@dataclass
class QueryHistory(BaseEntity):
    """
    Represents a historical Redshift query execution record.
    Sourced from sys_query_history (7-day rolling window).
    """

    query_id: int
    query_hash: str  # MD5 of the normalized query text
    user_name: str
    application_name: str
    database_name: str
    status: str  # success | failed | cancelled
    query_type: str  # SELECT | INSERT | UPDATE | DELETE | DDL | Redshift's own word
    execution_time_us: int
    queue_time_us: int  # WLM queue wait
    compile_time_us: int
    rows_returned: int
    bytes_scanned: int
    spilled_blocks: int  # 8 KB each (Redshift counts 1 MB blocks: 128 of these)
    start_time: datetime
    end_time: datetime
    error_message: Optional[str]

    @property
    def execution_seconds(self) -> float:
        """Execution time in seconds."""
        return self.execution_time_us / 1_000_000

    @property
    def spill_gb(self) -> float:
        """Spill to disk in GB (1024³ bytes)."""
        return (self.spilled_blocks * 8.0) / (1024 * 1024)

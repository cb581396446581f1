"""What the sync writes about itself, beside the rows of the views."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Optional

from .staged import TEXT_MAX, StagedRow, moment, text, whole


@dataclass(frozen=True)
class Cluster(StagedRow):
    """A cluster, as its first sync met it and as it was after each change. The newest row counts."""

    deployment: str = text("`provisioned` or `serverless` (no STL and STV: Multi-AZ clusters too).", 32)
    engine_version: Optional[str] = text("Version text of the engine.")
    node_type: Optional[str] = text("Node type from DescribeClusters, when AWS credentials are given.", 64)


@dataclass(frozen=True)
class SyncRun(StagedRow):
    """One row per sync, view and database: what was read and how it went."""

    view_name: str = text("The view.", 128)
    database_name: Optional[str] = text("The database, of views that cover one database only.")
    outcome: str = text(
        "ok; failed; absent (not on this kind of cluster); denied or unused (another view serves, or failed).", 32
    )
    window_from: Optional[datetime] = moment("Rows from here on were read; NULL: all that the view had.")
    window_to: Optional[datetime] = moment("Newest time among the rows read so far.")
    gap_from: Optional[datetime] = moment("Begin of time that passed beyond retention unread; NULL: none.")
    gap_to: Optional[datetime] = moment("End of that time.")
    rows_read: int = whole("Rows staged by this sync.")
    rows_rejected: int = whole("Rows quarantined in rejected_rows.")
    started_at: datetime = moment("Clock of the syncing machine, UTC.")
    finished_at: datetime = moment("Clock of the syncing machine, UTC.")
    error: Optional[str] = text("Why it failed.", 4_096)


@dataclass(frozen=True)
class RejectedRow(StagedRow):
    """A row that could not be staged: quarantined, with the reason."""

    view_name: str = text("The view.", 128)
    reason: str = text("What was wrong, with the column's name.", 1_024)
    row_values: Optional[str] = text("The row as JSON; query and error texts are left out.", TEXT_MAX)


SYNC_RECORDS: dict[str, type[StagedRow]] = {"clusters": Cluster, "sync_runs": SyncRun, "rejected_rows": RejectedRow}

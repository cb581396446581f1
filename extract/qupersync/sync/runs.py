"""What a sync records of itself: its stamp on every row, and a row of ``sync_runs`` for each view."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Optional

from ..clock import utc_now
from ..config.clusters import ClusterConfig
from ..domain.system_views import SYSTEM_VIEWS, SystemView
from ..domain.watermark import Window
from ..redshift.availability import Drift

ERROR_LENGTH = 4_000  # characters of an error that sync_runs keeps; its column takes a little more


@dataclass(frozen=True)
class SyncStamp:
    """Which sync read a row, of which cluster, and when it began (naive UTC)."""

    cluster_id: str
    sync_id: str
    synced_at: datetime

    @classmethod
    def of(cls, cluster: str, at: datetime) -> SyncStamp:
        """A new sync's stamp; its id begins with the time."""
        return cls(cluster, f"{at:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:12]}", at)

    def as_dict(self) -> dict[str, Any]:
        """The stamp of a row that is a dict."""
        return asdict(self)


@dataclass
class ViewRun:
    """How the reading of one view (in one database) went."""

    view: str
    database: Optional[str]
    outcome: str = "ok"  # as SyncRun.outcome
    window: Window = field(default_factory=Window)
    newest: Optional[datetime] = None
    gap: Optional[tuple[datetime, datetime]] = None  # passed beyond retention unread
    rows: int = 0
    rejected: int = 0
    started_at: datetime = field(default_factory=utc_now)
    finished_at: datetime = field(default_factory=utc_now)
    error: Optional[str] = None
    warning: Optional[str] = None  # why a view is taken for absent, where that is a guess
    drift: Drift = field(default_factory=Drift)

    @property
    def name(self) -> str:
        """View and, where it covers one database, the database."""
        return f"{self.view} of {self.database}" if self.database else self.view

    def row(self, stamp: SyncStamp) -> dict[str, Any]:
        """The row of ``sync_runs``."""
        return {
            **stamp.as_dict(),
            "view_name": self.view,
            "database_name": self.database,
            "outcome": self.outcome,
            "window_from": self.window.start,
            "window_to": self.newest,
            "gap_from": self.gap[0] if self.gap else None,
            "gap_to": self.gap[1] if self.gap else None,
            "rows_read": self.rows,
            "rows_rejected": self.rejected,
            "started_at": self.started_at,
            "finished_at": self.finished_at,
            "error": self.error[:ERROR_LENGTH] if self.error else None,
        }


def databases_of(config: ClusterConfig, view: type[SystemView]) -> list[Optional[str]]:
    """The databases in which a view is read; None: in whichever."""
    if not view.per_database:
        return [None]
    return list(config.databases or (config.database,))


def names_of_views(config: ClusterConfig) -> list[str]:
    """The names of all runs that a sync of the cluster may have."""
    return [
        ViewRun(view.view, database).name for view in SYSTEM_VIEWS.values() for database in databases_of(config, view)
    ]

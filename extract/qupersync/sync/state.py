"""What a sync leaves for the next one: kept in dlt's pipeline state, which is loaded with the rows it describes.

Two parts. A :class:`ViewState` for each view: its watermark and what was in flight. The :class:`SyncState` of the
cluster: the sync lineage, and what one view must know of another. Both are read before the reading and committed by a
call after it, so a view that fails leaves its state as it was. The keys are stored in users' warehouses: they keep
their names.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Optional

from ..domain.watermark import Watermark, starts_from_state, starts_to_state
from .runs import SyncStamp

LINEAGE = "chain"  # the key of SyncState in the state of dlt's source

Starts = dict[int, datetime]  # id of a statement → its start


@dataclass(frozen=True)
class ViewState:
    """One view's state.

    ``followed``: of a view with details of another one, the parents that were in flight when details were last read.
    ``had_rows``: database → did its last snapshot have rows; the database is '' for views that cover them all.
    """

    watermark: Watermark = field(default_factory=Watermark)
    followed: Starts = field(default_factory=dict)
    had_rows: dict[str, bool] = field(default_factory=dict)

    @classmethod
    def read(cls, stored: dict[str, Any]) -> ViewState:
        """The state as dlt keeps it; an empty one is the beginning."""
        return cls(
            watermark=Watermark.from_state(stored.get("resume") or {}),
            followed=starts_from_state(stored.get("watched")),
            had_rows=dict(stored.get("had_rows") or {}),
        )

    def commit(self, stored: dict[str, Any]) -> None:
        """Write it into dlt's dictionary; what was not used is not written."""
        written = {
            "resume": self.watermark.to_state() if self.watermark != Watermark() else None,
            "watched": starts_to_state(self.followed),
            "had_rows": self.had_rows,
        }
        for key, value in written.items():
            if value or key in stored:
                stored[key] = value


@dataclass(frozen=True)
class SyncState:
    """The sync lineage of a cluster.

    ``synced_at`` only grows within a cluster. ``in_flight``: the statements that had not ended when the query history
    was last read. ``facts``: the last row of the table ``clusters``. ``staging_schema``: the fingerprint of the staging
    tables in this warehouse.
    """

    previous: Optional[str] = None
    sync_id: Optional[str] = None
    synced_at: Optional[datetime] = None
    staging_schema: Optional[str] = None
    in_flight: Starts = field(default_factory=dict)
    facts: Optional[dict[str, Any]] = None

    @classmethod
    def read(cls, pipeline_state: Any, source: str) -> SyncState:
        """Out of the state of a dlt pipeline (None: there is none)."""
        sources: dict[str, Any] = (pipeline_state or {}).get("sources") or {}
        stored: dict[str, Any] = (sources.get(source) or {}).get(LINEAGE) or {}
        synced_at = stored.get("synced_at")
        return cls(
            previous=stored.get("previous"),
            sync_id=stored.get("sync_id"),
            synced_at=datetime.fromisoformat(synced_at) if synced_at else None,
            staging_schema=stored.get("staging_schema"),
            in_flight=starts_from_state(stored.get("open_queries")),
            facts=stored.get("facts"),
        )

    def stamp(self, cluster: str, now: datetime) -> SyncStamp:
        """The next sync's stamp. The clock of the machine that synced before may be ahead: stamps grow all the same."""
        at = now if self.synced_at is None else max(now, self.synced_at + timedelta(microseconds=1))
        return SyncStamp.of(cluster, at)

    def after(self, stamp: SyncStamp, staging_schema: str) -> SyncState:
        """The state after the sync ``stamp``."""
        return replace(
            self,
            previous=self.sync_id,
            sync_id=stamp.sync_id,
            synced_at=stamp.synced_at,
            staging_schema=staging_schema,
        )

    def commit(self, source_state: dict[str, Any]) -> None:
        """Write it into dlt's state of the source."""
        source_state[LINEAGE] = {
            "previous": self.previous,
            "sync_id": self.sync_id,
            "synced_at": self.synced_at.isoformat() if self.synced_at else None,
            "staging_schema": self.staging_schema,
            "open_queries": starts_to_state(self.in_flight),
            "facts": self.facts,
        }

"""From where a log view is read: what can have changed since, and no more.

A row appears when its statement starts and is overwritten until it ends. So a sync reads

``start >= least(oldest open, seen − margin) and (end is null or end >= seen − margin or not final or known open)``

where ``seen`` is the newest start or end read so far. A statement that runs for three days does not make each sync
read three days of rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Optional

# More open statements than this are not listed in the predicate one by one: everything since the oldest is read.
OPEN_LIMIT = 500


@dataclass(frozen=True)
class ResumePoint:
    """What a view's syncs so far have seen.

    ``open`` maps the id of each row that was not final to its start; ``read_at`` is when the last sync that succeeded
    began (clock of its machine, UTC).
    """

    seen: Optional[datetime] = None
    read_at: Optional[datetime] = None
    open: dict[int, datetime] = field(default_factory=dict)

    def to_state(self) -> dict[str, Any]:
        """As JSON, for dlt's pipeline state."""
        return {
            "seen": self.seen.isoformat() if self.seen else None,
            "read_at": self.read_at.isoformat() if self.read_at else None,
            "open": {str(key): start.isoformat() for key, start in self.open.items()},
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> ResumePoint:
        """Back from :meth:`to_state`; an empty state is the beginning."""
        return cls(
            seen=datetime.fromisoformat(state["seen"]) if state.get("seen") else None,
            read_at=datetime.fromisoformat(state["read_at"]) if state.get("read_at") else None,
            open={int(key): datetime.fromisoformat(start) for key, start in (state.get("open") or {}).items()},
        )


@dataclass(frozen=True)
class Window:
    """What one sync reads. ``start`` None: everything. ``changed`` None: no condition on the end."""

    start: Optional[datetime] = None
    changed: Optional[datetime] = None
    ids: tuple[int, ...] = ()


def window(
    point: ResumePoint,
    margin: timedelta,
    since: Optional[datetime] = None,
    *,
    settles: Optional[timedelta] = None,
    now: Optional[datetime] = None,
) -> Window:
    """The window of the next sync. ``since`` bounds the first one only.

    Rows that change for a while and do not say when they are final are read again as far back as they ``settle``, by
    the first sync of each day (``now``, UTC): not by every one. And a day further: the last sync before it may have
    been a day later than the first one that day.
    """
    if point.seen is None:
        return Window(start=since)
    if settles and now and (point.read_at is None or now.date() > point.read_at.date()):
        margin = max(margin, settles + timedelta(days=1))
    changed = point.seen - margin
    start = min([changed, *point.open.values()])
    if len(point.open) > OPEN_LIMIT:
        return Window(start=start)
    return Window(start=start, changed=changed, ids=tuple(sorted(point.open)))


def advance(
    point: ResumePoint,
    *,
    newest: Optional[datetime],
    final: frozenset[int],
    unfinished: dict[int, datetime],
    now: datetime,
    retention: timedelta,
) -> ResumePoint:
    """The point after a sync that read rows up to ``newest``.

    An empty answer moves nothing but ``read_at``: some warehouses now and then answer with no rows at all. An open
    row that was not in the answer stays open until the view cannot hold it any longer.
    """
    if newest is None:
        return replace(point, read_at=now)
    kept = {
        key: start
        for key, start in point.open.items()
        if key not in final and key not in unfinished and start > now - retention
    }
    seen = newest if point.seen is None else max(point.seen, newest)
    return ResumePoint(seen=seen, read_at=now, open={**kept, **unfinished})


def gap(point: ResumePoint, now: datetime, retention: timedelta) -> Optional[tuple[datetime, datetime]]:
    """The time that passed beyond retention without a successful read, if any."""
    if point.read_at is None or now - point.read_at <= retention:
        return None
    return point.read_at, now - retention

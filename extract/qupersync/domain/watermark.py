"""The watermark of a log view: from where the next sync reads, and no more than what can have changed.

A row appears when its statement starts and is overwritten in place until the statement ends. So a sync reads

``start >= least(oldest in-flight start, newest - lookback)
and (end is null or end >= newest - lookback or not final or id is in flight)``

where ``newest`` is the newest start or end read so far, and ``lookback`` covers late-arriving rows. A statement that
runs for three days does not make each sync read three days of rows. ``qupersync.redshift.watermark_predicate`` writes
the SQL.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Optional

# More in-flight statements than this are not listed in the predicate one by one: everything since the oldest is read.
IN_FLIGHT_LIMIT = 500


@dataclass(frozen=True)
class Watermark:
    """How far a view has been read.

    ``newest``: the newest start or end read so far. ``read_at``: when the last successful sync began (clock of its
    machine, UTC). ``in_flight``: the id of each row that was not final when last read → its start.
    """

    newest: Optional[datetime] = None
    read_at: Optional[datetime] = None
    in_flight: dict[int, datetime] = field(default_factory=dict)

    def to_state(self) -> dict[str, Any]:
        """As JSON, for dlt's pipeline state. The keys are stored in users' warehouses: they keep their names."""
        return {
            "seen": self.newest.isoformat() if self.newest else None,
            "read_at": self.read_at.isoformat() if self.read_at else None,
            "open": starts_to_state(self.in_flight),
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Watermark:
        """Back from :meth:`to_state`; an empty state is the beginning."""
        return cls(
            newest=datetime.fromisoformat(state["seen"]) if state.get("seen") else None,
            read_at=datetime.fromisoformat(state["read_at"]) if state.get("read_at") else None,
            in_flight=starts_from_state(state.get("open")),
        )


def starts_to_state(starts: dict[int, datetime]) -> dict[str, str]:
    """Ids and their start times as JSON."""
    return {str(key): start.isoformat() for key, start in starts.items()}


def starts_from_state(state: Optional[dict[str, str]]) -> dict[int, datetime]:
    """Back from :func:`starts_to_state`."""
    return {int(key): datetime.fromisoformat(start) for key, start in (state or {}).items()}


@dataclass(frozen=True)
class Window:
    """What one sync reads. ``start`` None: everything. ``changed`` None: no condition on the end."""

    start: Optional[datetime] = None
    changed: Optional[datetime] = None
    ids: tuple[int, ...] = ()

    def including(self, ended: dict[int, datetime]) -> Window:
        """The window of details, widened to queries that have ended since (id → start): all their details are read."""
        if not ended or self.start is None:
            return replace(self, ids=())
        return Window(min([self.start, *ended.values()]), self.changed, tuple(sorted(ended)))


def window(
    watermark: Watermark,
    lookback: timedelta,
    since: Optional[datetime] = None,
    *,
    restatement: Optional[timedelta] = None,
    now: Optional[datetime] = None,
) -> Window:
    """The window of the next sync. ``since`` bounds the first one only: a backfill.

    Rows that are restated for a while and do not record when they are final are read again over the whole
    ``restatement`` window, by the first sync of each day (``now``, UTC) only. One day further: the last sync before it
    may have been a day later than the first one of its day.
    """
    if watermark.newest is None:
        return Window(start=since)
    if restatement and now and (watermark.read_at is None or now.date() > watermark.read_at.date()):
        lookback = max(lookback, restatement + timedelta(days=1))
    changed = watermark.newest - lookback
    start = min([changed, *watermark.in_flight.values()])
    if len(watermark.in_flight) > IN_FLIGHT_LIMIT:
        return Window(start=start)
    return Window(start=start, changed=changed, ids=tuple(sorted(watermark.in_flight)))


def advance(
    watermark: Watermark,
    *,
    newest: Optional[datetime],
    final: frozenset[int],
    unfinished: dict[int, datetime],
    now: datetime,
    retention: timedelta,
) -> Watermark:
    """The watermark after a sync that read rows up to ``newest``.

    An empty answer moves nothing but ``read_at``: some warehouses now and then answer with no rows at all. An in-flight
    row that was not in the answer stays in flight until the view cannot hold it any longer.
    """
    if newest is None:
        return replace(watermark, read_at=now)
    kept = {
        key: start
        for key, start in watermark.in_flight.items()
        if key not in final and key not in unfinished and start > now - retention
    }
    reached = newest if watermark.newest is None else max(watermark.newest, newest)
    return Watermark(newest=reached, read_at=now, in_flight={**kept, **unfinished})


def retention_gap(watermark: Watermark, now: datetime, retention: timedelta) -> Optional[tuple[datetime, datetime]]:
    """The time that passed beyond retention without a successful read, if any."""
    if watermark.read_at is None or now - watermark.read_at <= retention:
        return None
    return watermark.read_at, now - retention

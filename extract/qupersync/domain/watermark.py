"""The watermark of a log view: from where the next sync reads, and no more than what can have changed.

A row appears when its statement starts, or only when it ends, and is overwritten in place until it ends. A sync reads

``start >= least(oldest in-flight start, newest - late_start)
and (end is null or end >= newest - lookback or not final or id is in flight)``

``newest`` is the newest start or end read so far, and never later than the cluster's clock when the sync that read it
began: a row with a time in the future must not end the reading of all that comes before it, and views read one after
the other must agree on how far they were read. ``lookback`` covers late-arriving rows, ``late_start`` statements whose
row first appears when they end: it costs a condition, not rows. A statement that runs for three days does not make each
sync read three days of rows. ``qupersync.redshift.watermark_predicate`` writes the SQL.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Optional

# More in-flight statements than this are not listed in the predicate one by one: everything since the oldest is read.
IN_FLIGHT_LIMIT = 5_000


@dataclass(frozen=True)
class Watermark:
    """How far a view has been read.

    ``newest``: the newest start or end read so far, at most the cluster's clock. ``read_at``: when the last successful
    sync began (clock of its machine, UTC). ``ahead``: how far the cluster's clock was ahead of that one.
    ``in_flight``: the id of each row that was not final when last read → its start.
    """

    newest: Optional[datetime] = None
    read_at: Optional[datetime] = None
    in_flight: dict[int, datetime] = field(default_factory=dict)
    ahead: Optional[timedelta] = None

    def to_state(self) -> dict[str, Any]:
        """As JSON, for dlt's pipeline state. The keys are stored in users' warehouses: they keep their names."""
        return {
            "seen": self.newest.isoformat() if self.newest else None,
            "read_at": self.read_at.isoformat() if self.read_at else None,
            "open": starts_to_state(self.in_flight),
            **({"ahead": self.ahead.total_seconds()} if self.ahead is not None else {}),
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Watermark:
        """Back from :meth:`to_state`; an empty state is the beginning."""
        return cls(
            newest=datetime.fromisoformat(state["seen"]) if state.get("seen") else None,
            read_at=datetime.fromisoformat(state["read_at"]) if state.get("read_at") else None,
            in_flight=starts_from_state(state.get("open")),
            ahead=timedelta(seconds=state["ahead"]) if state.get("ahead") is not None else None,
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


@dataclass(frozen=True)
class Instant:
    """When a sync began: by the clock of the cluster, and by that of the syncing machine (both naive UTC)."""

    cluster: datetime
    machine: datetime

    @property
    def ahead(self) -> timedelta:
        """How far the cluster's clock is ahead of the machine's."""
        return self.cluster - self.machine


def window(
    watermark: Watermark,
    at: Instant,
    lookback: timedelta,
    since: Optional[datetime] = None,
    *,
    late_start: timedelta = timedelta(0),
    restatement: Optional[timedelta] = None,
) -> Window:
    """The window of the next sync, which begins ``at``. ``since`` bounds the first one only: a backfill.

    When the cluster's clock was set back since (or the machine's forward), rows are read again from that much earlier.
    ``late_start``: how long before its end a statement may have started whose row appears only then.

    Rows that are restated for a while and do not record when they are final are read again over the whole
    ``restatement`` window, by the first sync of each day (UTC) only. One day further: the last sync before it may have
    been a day later than the first one of its day.
    """
    if watermark.newest is None:
        return Window(start=since)
    if watermark.ahead is None and watermark.newest > at.cluster:
        return Window()  # kept by a version before 0.2.0, which let a row from the future end a history: heal it
    if restatement and (watermark.read_at is None or at.machine.date() > watermark.read_at.date()):
        lookback = max(lookback, restatement + timedelta(days=1))
    stepped_back = max(timedelta(0), watermark.ahead - at.ahead) if watermark.ahead is not None else timedelta(0)
    reached = min(watermark.newest, at.cluster) - stepped_back
    changed = reached - lookback
    start = min([changed, reached - late_start, *watermark.in_flight.values()])
    if len(watermark.in_flight) > IN_FLIGHT_LIMIT:
        return Window(start=start)
    return Window(start=start, changed=changed, ids=tuple(sorted(watermark.in_flight)))


def advance(
    watermark: Watermark,
    at: Instant,
    *,
    newest: Optional[datetime],
    final: frozenset[int],
    unfinished: dict[int, datetime],
    retention: timedelta,
) -> Watermark:
    """The watermark after a sync that began ``at`` and read rows up to ``newest``.

    An empty answer moves nothing but ``read_at``: some warehouses now and then answer with no rows at all. An in-flight
    row that was not in the answer stays in flight until the view cannot hold it any longer.
    """
    if newest is None:
        return replace(watermark, read_at=at.machine, ahead=at.ahead)
    kept = {
        key: start
        for key, start in watermark.in_flight.items()
        if key not in final and key not in unfinished and start > at.cluster - retention
    }
    reached = newest if watermark.newest is None else max(watermark.newest, newest)
    return Watermark(min(reached, at.cluster), at.machine, {**kept, **unfinished}, at.ahead)


def retention_gap(watermark: Watermark, now: datetime, retention: timedelta) -> Optional[tuple[datetime, datetime]]:
    """The time that passed beyond retention without a successful read, if any."""
    if watermark.read_at is None or now - watermark.read_at <= retention:
        return None
    return watermark.read_at, now - retention

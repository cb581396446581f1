"""The dlt source: one resource per view, each reading it to its end into the landing, and the sync's own records.

A view that fails half-way stages nothing and the others are not disturbed.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from time import monotonic
from typing import Any, Optional, cast

import dlt
import pyarrow as pa
import pyarrow.compute as pc
from dlt.sources import DltSource

from .clusters import ClusterConfig
from .domain.resume import ResumePoint, Window, advance, gap, window
from .domain.sync_records import SYNC_RECORDS
from .domain.system_views import SYSTEM_VIEWS, Kind, Presence, SysQueryDetail, SysQueryHistory, SystemView
from .errors import SourceError, ViewError
from .landing import Landing
from .reader import BATCH_ROWS, Reader, ViewAbsentError, ViewDeniedError, ViewLostError
from .schema import STAGING_VERSION, dlt_columns, literal, moment_literal, quote, select_query
from .staging import Stager, SyncStamp
from .threads import read_ahead

SOURCE = "redshift"
VACUUM_VIEWS = ("stl_vacuum", "sys_vacuum_history")

Progress = Callable[[str, int, float], None]  # view, rows so far, seconds


def utc_now() -> datetime:
    """Now, naive UTC."""
    return datetime.now(timezone.utc).replace(tzinfo=None)


@dataclass(frozen=True)
class Drift:
    """How a view's columns differ from its dataclass: AWS adds columns by patch, older engines lack some."""

    required: tuple[str, ...] = ()  # missing: the view cannot be read
    optional: tuple[str, ...] = ()  # missing: NULL
    unknown: tuple[str, ...] = ()  # there, and not documented when this was written


def drift_of(view: type[SystemView], present: Collection[str]) -> Drift:
    """Compare a view's columns with its dataclass."""
    read = [column for column in view.columns() if not column.derived]
    return Drift(
        required=tuple(c.name for c in read if not c.optional and c.name not in present),
        optional=tuple(c.name for c in read if c.optional and c.name not in present),
        unknown=tuple(sorted(set(present) - {c.name for c in read} - set(view.unread))),
    )


@dataclass
class ViewRun:
    """How one view (of one database) went; becomes a row of sync_runs."""

    view: str
    database: Optional[str]
    outcome: str = "ok"
    window: Window = field(default_factory=Window)
    newest: Optional[datetime] = None
    lost: Optional[tuple[datetime, datetime]] = None
    rows: int = 0
    rejected: int = 0
    started_at: datetime = field(default_factory=utc_now)
    finished_at: datetime = field(default_factory=utc_now)
    error: Optional[str] = None
    drift: Drift = field(default_factory=Drift)

    @property
    def name(self) -> str:
        """View and, where it covers one database, the database."""
        return f"{self.view} of {self.database}" if self.database else self.view

    def row(self, stamp: SyncStamp) -> dict[str, Any]:
        """The row of sync_runs."""
        return {
            **stamp.as_dict(),
            "view_name": self.view,
            "database_name": self.database,
            "outcome": self.outcome,
            "window_from": self.window.start,
            "window_to": self.newest,
            "gap_from": self.lost[0] if self.lost else None,
            "gap_to": self.lost[1] if self.lost else None,
            "rows_read": self.rows,
            "rows_rejected": self.rejected,
            "started_at": self.started_at,
            "finished_at": self.finished_at,
            "error": self.error[:4000] if self.error else None,
        }


@dataclass
class ClusterSync:
    """One sync of one cluster: what it reads with, and how each view went."""

    config: ClusterConfig
    reader: Reader
    chain: dict[str, Any]  # the part of the state that links the syncs of a cluster
    landing: Landing
    since: Optional[datetime] = None
    progress: Progress = lambda view, rows, seconds: None
    now: datetime = field(default_factory=utc_now)
    runs: list[ViewRun] = field(default_factory=list)

    def __post_init__(self) -> None:
        previous = self.chain.get("synced_at")
        # The clock of the machine that synced before may be ahead: stamps still only grow within a cluster.
        at = max(self.now, datetime.fromisoformat(previous) + timedelta(microseconds=1)) if previous else self.now
        self.stamp = SyncStamp(self.config.name, f"{at:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:12]}", at)
        self.rejected: list[dict[str, Any]] = []
        self._columns: dict[tuple[str, Optional[str]], dict[str, int] | ViewError] = {}
        self._pending = 0

    # -- what the cluster has ---------------------------------------------------------------------------------

    def columns(self, view: str, database: Optional[str] = None) -> dict[str, int]:
        """The view's columns and their types, asked once. Errors: ViewError."""
        key = (view, database)
        if key not in self._columns:
            try:
                self._columns[key] = self.reader.columns(view, database)
            except ViewError as error:
                self._columns[key] = error
        found = self._columns[key]
        if isinstance(found, ViewError):
            raise found
        return found

    def readable(self, view: str) -> bool:
        """Can the view be read?"""
        try:
            self.columns(view)
        except ViewError:
            return False
        return True

    def present(self, view: str) -> bool:
        """Does the view exist, readable or not?"""
        try:
            self.columns(view)
        except ViewAbsentError:
            return False
        except ViewError:
            return True
        return True

    @property
    def deployment(self) -> str:
        """`provisioned` where any STL or STV view exists, else `serverless`: chosen by what is there."""
        provisioned = [v.view for v in SYSTEM_VIEWS.values() if v.presence is Presence.PROVISIONED]
        return "provisioned" if any(self.present(view) for view in provisioned) else "serverless"

    def skipped(self, view: type[SystemView]) -> Optional[str]:
        """Why a view is not read here (`absent`, `unused`), or None when it is."""
        if view.presence is Presence.PROVISIONED and self.deployment == "serverless":
            return "absent"
        if view.presence is Presence.SERVERLESS and (self.deployment == "provisioned" or not self.present(view.view)):
            return "absent"
        first, second = VACUUM_VIEWS
        if view.view == second and self.readable(first):
            return "unused"  # both tell of the same runs, the first one tells more
        if view.view == first and not self.readable(first) and self.readable(second):
            return "absent" if not self.present(first) else "denied"
        if view is SysQueryDetail and not any(
            run.view == SysQueryHistory.view and run.outcome == "ok" for run in self.runs
        ):
            # Which queries still run is not known now, nor whose segments will change: the next sync reads both.
            return "unused"
        return None

    # -- reading ----------------------------------------------------------------------------------------------

    def databases(self, view: type[SystemView]) -> list[Optional[str]]:
        """The databases that a view is read in."""
        if not view.per_database:
            return [None]
        return list(self.config.databases or (self.config.database,))

    def read(self, view: type[SystemView], state: dict[str, Any]) -> Iterator[Any]:
        """Read a view and yield what is left for dlt to load; ``state`` moves only when all of it succeeded."""
        reason = self.skipped(view)
        if reason:
            self.runs.append(ViewRun(view.view, None, outcome=reason))
            return
        for database in self.databases(view):
            run = ViewRun(view.view, database)
            self.runs.append(run)
            rejected: list[dict[str, Any]] = []
            try:
                left = self._read_one(view, database, state, run, rejected)
            except SourceError as error:
                run.outcome, run.error, run.rows = "failed", str(error), 0
            else:
                self.rejected += rejected
                yield from left
            finally:
                run.finished_at = utc_now()

    def _read_one(
        self,
        view: type[SystemView],
        database: Optional[str],
        state: dict[str, Any],
        run: ViewRun,
        rejected: list[dict[str, Any]],
    ) -> list[Any]:
        present = self.columns(view.view, database)
        run.drift = drift_of(view, present)
        if run.drift.required:
            raise ViewError(f"{self.config.where}: {view.view} lacks the column {', '.join(run.drift.required)}")
        point = ResumePoint.from_state(state.get("resume") or {})
        watched: dict[int, datetime] = {}
        if view.kind is Kind.LOG:
            run.lost = gap(point, self.now, self.config.retention)
            run.window = window(point, self.config.margin, self.since, settles=view.settles, now=self.now)
            if view is SysQueryDetail:
                watched = self._open_queries(state)
                run.window = _with_finished(run.window, watched)
        reading = _Reading(view, present, _where(view, run.window, present), frozenset(point.open))
        had_rows = state.setdefault("had_rows", {})
        left = self._land(reading, database, run, rejected, snapshot_had_rows=bool(had_rows.get(database or "")))
        if view.kind is Kind.LOG:
            moved = advance(
                point,
                newest=reading.newest,
                final=frozenset(reading.final),
                unfinished=reading.unfinished,
                now=self.now,
                retention=self.config.retention,
            )
            state["resume"] = moved.to_state()
            run.newest = moved.seen
            if view is SysQueryHistory:
                self.chain["open_queries"] = moved.to_state()["open"]
            if view is SysQueryDetail:
                still = self.chain.get("open_queries") or {}
                state["watched"] = dict(still)
        else:
            had_rows[database or ""] = run.rows > 0
        return left

    def _open_queries(self, state: dict[str, Any]) -> dict[int, datetime]:
        """Queries whose details were last read while they ran, and that have ended since."""
        still = self.chain.get("open_queries") or {}
        return {
            int(key): datetime.fromisoformat(start)
            for key, start in (state.get("watched") or {}).items()
            if key not in still
        }

    def _land(
        self,
        reading: _Reading,
        database: Optional[str],
        run: ViewRun,
        rejected: list[dict[str, Any]],
        snapshot_had_rows: bool,
    ) -> list[Any]:
        """Read the view into the landing. A value that breaks the stream is found by reading row by row."""
        stager = Stager(reading.view, self.stamp, self.config.query_text, rejected, database or "")
        query = select_query(reading.view, reading.present, reading.where)

        def stream() -> Generator[pa.RecordBatch, None, None]:
            return read_ahead(self.reader.stream(reading.view.view, query, database), stager.prepare)

        try:
            try:
                left = self._take(reading, stream(), run)
            except ViewLostError:  # once more from the start, on a new connection
                rejected.clear()
                reading.reset()
                left = self._take(reading, stream(), run)
            if run.rows == 0 and reading.view.kind is Kind.SNAPSHOT and snapshot_had_rows:
                # Some warehouses now and then answer with no rows at all: ask once more before it is the truth.
                left = self._take(reading, stream(), run)
        except (ViewAbsentError, ViewDeniedError, ViewLostError):
            raise
        except ViewError:
            rejected.clear()
            reading.reset()
            query = select_query(reading.view, reading.present, reading.where, as_text=True)
            texts = self.reader.texts(reading.view.view, query, database)
            left = self._take(reading, stager.prepare_texts(texts, BATCH_ROWS), run)
        run.rejected = len(rejected)
        return left

    def _take(self, reading: _Reading, batches: Generator[pa.RecordBatch, None, None], run: ViewRun) -> list[Any]:
        began, run.rows = monotonic(), 0

        def seen() -> Iterator[pa.RecordBatch]:
            for batch in batches:
                if batch.num_rows:
                    reading.see(batch)
                    run.rows += batch.num_rows
                    self.progress(run.name, run.rows, monotonic() - began)
                    yield batch

        with closing(batches):
            left = self.landing.land(reading.view.view, seen())
        self.progress(run.name, run.rows, monotonic() - began)
        return left

    # -- what dlt gets ----------------------------------------------------------------------------------------

    def source(self, evolve: bool, file_format: Any = "parquet") -> DltSource:
        """The dlt source of this sync; ``evolve`` lets a newer staging schema add its columns once.

        ``file_format``: how the files are loaded. dlt would choose csv for PostgreSQL, where a blank text and NULL are
        one; None where the destination takes no files (Redshift without S3).
        """
        contract: Any = {"tables": "evolve", "columns": "evolve" if evolve else "freeze", "data_type": "freeze"}
        views = list(SYSTEM_VIEWS.values())
        self._pending = len(views)

        def view_resource(view: type[SystemView]) -> Any:
            def rows() -> Iterator[Any]:
                left = list(self.read(view, dlt.current.resource_state()))
                self._pending -= 1
                yield from left

            return dlt.resource(
                rows,
                name=view.view,
                columns=cast("Any", dlt_columns(view)),
                write_disposition="append",
                schema_contract=contract,
                file_format=file_format,
            )

        def record_resource(name: str, make: Callable[[], list[Any]]) -> Any:
            def rows() -> Iterator[Any]:
                while self._pending:  # these come last, in whatever order dlt asks
                    yield None
                yield from make()

            return dlt.resource(
                rows,
                name=name,
                columns=cast("Any", dlt_columns(SYNC_RECORDS[name])),
                write_disposition="append",
                schema_contract=contract,
            )

        @dlt.source(name=SOURCE, max_table_nesting=0)
        def redshift() -> Any:
            return [
                *(view_resource(view) for view in views),
                record_resource("rejected_rows", lambda: self.rejected),
                record_resource("clusters", self._cluster_rows),
                record_resource("sync_runs", self._sync_run_rows),
            ]

        return redshift()

    def _cluster_rows(self) -> list[dict[str, Any]]:
        facts = {
            "deployment": self.deployment,
            "engine_version": self.reader.engine_version()[:250],
            "node_type": self.reader.node_type(),
        }
        if self.chain.get("facts") == facts:
            return []
        self.chain["facts"] = facts
        return [{**self.stamp.as_dict(), **facts}]

    def _sync_run_rows(self) -> list[dict[str, Any]]:
        state = dlt.current.source_state()
        self.chain.update(
            previous=self.chain.get("sync_id"),
            sync_id=self.stamp.sync_id,
            synced_at=self.stamp.synced_at.isoformat(),
            staging_version=STAGING_VERSION,
        )
        state["chain"] = self.chain
        return [run.row(self.stamp) for run in self.runs]


@dataclass
class _Reading:
    """One pass over a view, and what the resume point must know of the rows that came by."""

    view: type[SystemView]
    present: dict[str, int]
    where: str
    known_open: frozenset[int] = frozenset()
    newest: Optional[datetime] = None
    final: set[int] = field(default_factory=set)
    unfinished: dict[int, datetime] = field(default_factory=dict)

    def reset(self) -> None:
        """Forget a pass that failed."""
        self.newest, self.final, self.unfinished = None, set(), {}

    def see(self, batch: pa.RecordBatch) -> None:
        """Take note of a batch (with staging's columns)."""
        view = self.view
        if view.time is None:
            return
        for name in (view.time, view.end):
            if name:
                top = pc.max(batch.column(name)).as_py()
                if top is not None and (self.newest is None or top > self.newest):
                    self.newest = top
        if view is SysQueryHistory and view.final:
            name, values = view.final
            done = pc.is_in(batch.column(name), pa.array(values))
            open_ = batch.filter(pc.invert(done))
            for key, start in zip(open_.column("query_id").to_pylist(), open_.column("start_time").to_pylist()):
                self.unfinished[key] = min(start, self.unfinished.get(key, start))
            if self.known_open:
                ended = pc.filter(batch.column("query_id"), done)
                self.final.update(self.known_open.intersection(ended.to_pylist()))


def _with_finished(reading: Window, finished: dict[int, datetime]) -> Window:
    """Widen a window of details by the queries that ended since: all of their segments are read once more."""
    if not finished or reading.start is None:
        return replace(reading, ids=())
    return Window(min([reading.start, *finished.values()]), reading.changed, tuple(sorted(finished)))


def _where(view: type[SystemView], window: Window, present: Collection[str]) -> str:
    """The window as SQL over the view's own columns."""
    if view.time is None or window.start is None:
        return ""
    conditions = [f"{quote(view.time)} >= {moment_literal(window.start)}"]
    if view.end and window.changed is not None:
        changed = [f"{quote(view.end)} is null", f"{quote(view.end)} >= {moment_literal(window.changed)}"]
        if view.final and view.final[0] in present:
            column, values = view.final
            changed.append(f"coalesce(rtrim({quote(column)}), '') not in ({', '.join(map(literal, values))})")
        if window.ids:
            changed.append(f"query_id in ({', '.join(map(str, window.ids))})")
        conditions.append(f"({' or '.join(changed)})")
    return " and ".join(conditions)

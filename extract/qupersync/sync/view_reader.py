"""Reading one view to its end: which rows, again where it failed, and what the watermark must know of them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Optional

import pyarrow as pa
import pyarrow.compute as pc

from ..config.clusters import ClusterConfig
from ..domain.system_views import Kind, SystemView
from ..domain.watermark import Instant, Watermark, advance, retention_gap, window
from ..errors import ViewDataError, ViewError, ViewLostError
from ..redshift.availability import Availability, drift_of
from ..redshift.client import BATCH_ROWS, Reader
from ..redshift.select import select_query
from ..redshift.watermark_predicate import watermark_predicate
from .parallel import read_ahead
from .runs import SyncStamp, ViewRun
from .sinks.base import Sink
from .staged_rows import KnownRows, StagedRows
from .state import Starts, ViewState
from .transform import RowTransform

Progress = Callable[[str, int, float], None]  # view, rows so far, seconds


@dataclass
class ViewRead:
    """What reading a view gave: what is left for dlt to load, the rejected rows, and the view's next state."""

    left: list[Any]
    rejected: list[dict[str, Any]]
    state: ViewState


@dataclass
class ViewReader:
    """Reads the views of one cluster into a sink, during one sync."""

    config: ClusterConfig
    reader: Reader
    availability: Availability
    sink: Sink
    stamp: SyncStamp
    at: Instant
    staged: StagedRows
    since: Optional[datetime] = None
    progress: Progress = lambda view, rows, seconds: None

    def read(self, view: type[SystemView], run: ViewRun, state: ViewState, in_flight: Starts) -> ViewRead:
        """Read a view of ``run.database`` and fill ``run``.

        ``in_flight``: the statements that have not ended yet, for a view that holds their details. Errors: SourceError,
        WarehouseError; then nothing of the view is staged.
        """
        present = self.availability.columns(view.view, run.database)
        run.drift = drift_of(view, present)
        if run.drift.required:
            raise ViewError(f"{self.config.where}: {view.view} lacks the column {', '.join(run.drift.required)}")
        if view.kind is Kind.SNAPSHOT:
            return self._read_snapshot(view, present, run, state)
        watermark = state.watermark
        run.gap = retention_gap(watermark, self.at.machine, self.config.retention)
        run.window = window(
            watermark,
            self.at,
            self.config.lookback,
            self.since,
            late_start=self.config.late_start if view.end else timedelta(0),
            restatement=view.restatement,
        )
        if view.detail_of:
            ended = {key: start for key, start in state.followed.items() if key not in in_flight}
            run.window = run.window.including(ended)
        seen = _Seen(
            view,
            self.at,
            self._rereads(view),
            self.staged.of(view),
            known=frozenset(watermark.in_flight),
            first=watermark.newest is None,
        )
        left, rejected = self._pass(view, present, run, seen)
        moved = advance(
            watermark,
            self.at,
            newest=seen.newest,
            final=frozenset(seen.ended),
            unfinished=seen.unfinished,
            retention=self.config.retention,
        )
        run.newest = moved.newest
        seen.finish(moved, self.config.retention)
        followed = dict(in_flight) if view.detail_of else state.followed
        return ViewRead(left, rejected, replace(state, watermark=moved, followed=followed))

    def _rereads(self, view: type[SystemView]) -> timedelta:
        """How far behind the watermark rows are read again."""
        restatement = view.restatement + timedelta(days=1) if view.restatement else timedelta(0)
        return max(self.config.lookback, restatement)

    def _read_snapshot(
        self, view: type[SystemView], present: dict[str, int], run: ViewRun, state: ViewState
    ) -> ViewRead:
        database = run.database or ""
        left, rejected = self._pass(view, present, run, None)
        if run.rows == 0 and state.had_rows.get(database):
            # Some warehouses now and then answer with no rows at all: ask once more before it is the truth.
            left, rejected = self._pass(view, present, run, None)
        return ViewRead(left, rejected, replace(state, had_rows={**state.had_rows, database: run.rows > 0}))

    def _pass(
        self, view: type[SystemView], present: dict[str, int], run: ViewRun, seen: Optional[_Seen]
    ) -> tuple[list[Any], list[dict[str, Any]]]:
        """The view into the sink, once: what is left for dlt, and the rejected rows.

        A value that breaks the stream is found by reading the rows one by one.
        """
        where = watermark_predicate(view, run.window, present)
        transform = RowTransform(view, self.stamp, self.config.query_text, run.database or "")

        def stream() -> Generator[pa.RecordBatch, None, None]:
            query = select_query(view, present, where)
            rows = self.reader.stream(view.view, query, run.database)
            return read_ahead(rows, transform.prepare, stop=self.reader.cancel)

        def texts() -> Generator[pa.RecordBatch, None, None]:
            query = select_query(view, present, where, as_text=True)
            return transform.prepare_texts(self.reader.texts(view.view, query, run.database), BATCH_ROWS)

        def again() -> None:
            transform.rejected.clear()
            if seen:
                seen.reset()

        try:
            try:
                left = self._write(stream(), run, seen)
            except ViewLostError:  # once more from the start, on a new connection
                again()
                left = self._write(stream(), run, seen)
        except ViewDataError as error:
            again()
            run.warning = f"{run.name} is read as text, row by row, because a value could not be read: {error}"
            left = self._write(texts(), run, seen)
        run.rejected = len(transform.rejected)
        return left, transform.rejected

    def _write(self, batches: Generator[pa.RecordBatch, None, None], run: ViewRun, seen: Optional[_Seen]) -> list[Any]:
        began, run.rows = monotonic(), 0

        def counted() -> Iterator[pa.RecordBatch]:
            for batch in batches:
                new = seen.note(batch) if seen and batch.num_rows else batch
                if new.num_rows:
                    run.rows += new.num_rows
                    self.progress(run.name, run.rows, monotonic() - began)
                    yield new

        with closing(batches):
            left = self.sink.write(run.view, counted())
        self.progress(run.name, run.rows, monotonic() - began)
        return left


@dataclass
class _Seen:
    """What the watermark and the next sync must know of the rows of a log view that were read."""

    view: type[SystemView]
    at: Instant
    rereads: timedelta  # how far behind the watermark rows are read again
    rows: KnownRows
    known: frozenset[int] = frozenset()  # ids that were in flight before
    first: bool = False  # nothing of the view is staged yet
    newest: Optional[datetime] = None
    ended: set[int] = field(default_factory=set)  # of the known ones
    unfinished: Starts = field(default_factory=dict)

    def reset(self) -> None:
        """Forget a pass that failed."""
        self.newest, self.ended, self.unfinished = None, set(), {}
        self.rows.reset()

    def note(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Take note of a batch with staging's columns; the rows of it that are to be staged."""
        view = self.view
        for name in (view.time, view.end):
            if name:
                top = pc.max(batch.column(name)).as_py()
                if top is not None and (self.newest is None or top > self.newest):
                    self.newest = top
        if view.tracks_in_flight and view.final and view.id_column:
            name, values = view.final
            done = pc.is_in(batch.column(name), pa.array(values))
            running = batch.filter(pc.invert(done))
            for key, start in zip(running.column(view.id_column).to_pylist(), running.column(view.time).to_pylist()):
                self.unfinished[key] = min(start, self.unfinished.get(key, start))
            if self.known:
                ended = pc.filter(batch.column(view.id_column), done)
                self.ended.update(self.known.intersection(ended.to_pylist()))
        return self.rows.new_only(batch, self._remembered_since())

    def _remembered_since(self) -> Optional[datetime]:
        """Rows that are over before cannot be read again.

        A first sync reads days of rows, in any order, and must not hash them all because the newest comes last: it
        takes the cluster's clock. If the cluster has been idle since, the next sync stages some rows twice.
        """
        if self.first:
            return self.at.cluster - self.rereads
        return min(self.newest, self.at.cluster) - self.rereads if self.newest else None

    def finish(self, watermark: Watermark, retention: timedelta) -> None:
        """The reading is over: keep what the next sync may read again."""
        if watermark.newest:
            self.rows.finish(self.at.cluster - retention, watermark.newest - self.rereads)

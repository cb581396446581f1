"""A simulated cluster: a world drawn from a seed, the rows its system views show at any time, and the final rows."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Optional

from psycopg2.extras import execute_values

from .simulated_views import MORE, TABLES, USAGE

BEGIN = datetime(2026, 3, 1)
RETENTION = timedelta(days=7)
MINUTE = timedelta(minutes=1)

# plain: what the stored warehouses were made from. older: queries without user names. All others show more columns.
KINDS = ("provisioned", "older", "serverless")
USERS = {7: "ann", 8: "bob"}
TYPES = ("SELECT", "INSERT", "COPY", "")
WAYS = {"": "FULL", " Delete Only": "DELETE ONLY", " Sort Only": "SORT ONLY", " Range Partiti": "SORT ONLY"}


@dataclass
class Query:
    query_id: int
    start: datetime
    end: datetime
    session_id: int
    transaction_id: int
    status: str
    text: str
    late: timedelta  # how long after its start or end the row arrives in the view
    segments: list[tuple[datetime, datetime, int, int]]  # start, end, blocks read, blocks spilled
    details_late: timedelta
    number: int = 0  # decides what is not drawn
    shift: timedelta = timedelta(0)  # of the cluster's clock: all times here are as it stamped them
    appears_at_end: bool = False  # the view has no row of it while it runs
    beyond: timedelta = timedelta(0)  # how much later than it was the view says that it ended

    def arrives(self, at: datetime) -> bool:
        """Does the view have its row at a (true) time?"""
        first = self.end if self.appears_at_end else self.start
        return first - self.shift + self.late <= at

    @property
    def shown_end(self) -> datetime:
        return self.end + self.beyond

    @property
    def user_id(self) -> int:
        return 7 + self.number % 2

    @property
    def dbt_node(self) -> Optional[str]:
        return f"model.p.m{self.number}" if self.number % 3 == 0 else None


@dataclass
class Vacuum:
    xid: int
    table_id: int
    start: datetime
    end: Optional[datetime]
    automatic: bool
    shift: timedelta = timedelta(0)


def table_name(table_id: int, at: datetime) -> str:
    """The name of a table at a time: the second one is renamed once."""
    return f"t{table_id}" + ("_new" if table_id == 2 and (at - BEGIN).days > 1 else "")


@dataclass
class World:
    """Everything that happens on a cluster, drawn from a seed."""

    seed: int
    kind: str = "plain"
    queries: list[Query] = field(default_factory=list)
    connections: list[tuple[datetime, int, str, timedelta]] = field(default_factory=list)
    vacuums: list[Vacuum] = field(default_factory=list)
    step: timedelta = timedelta(0)  # how far the cluster's clock is set, at `stepped_at`
    stepped_at: datetime = datetime.max

    def __post_init__(self) -> None:
        draw = random.Random(self.seed)
        at = BEGIN
        for n in range(draw.randint(20, 60)):
            at += draw.choice([MINUTE, 7 * MINUTE, 90 * MINUTE]) * draw.random() + MINUTE / 60
            self._query(draw, n, at)
            if draw.random() < 0.4:
                late = draw.choice([timedelta(0), 9 * MINUTE]) * draw.random()
                moment = at - draw.choice([timedelta(0), timedelta(hours=5)]) * draw.random()
                self.connections.append((moment, draw.randint(1, 4), draw.choice(["dbt", "psql", ""]), late))
            if draw.random() < 0.3:
                automatic = draw.random() < 0.5
                ends = draw.random() < 0.8
                end = at + draw.choice([MINUTE, timedelta(hours=30)]) * draw.random() if ends else None
                self.vacuums.append(Vacuum(900 + n, draw.randint(1, 3), at, end, automatic))
                if not ends and not automatic:  # its statement failed and is recorded
                    self._query(draw, 500 + n, at - MINUTE / 600, transaction_id=900 + n, status="failed")
        self.connections = list(
            {(moment, session): c for c in self.connections for moment, session in [c[:2]]}.values()
        )
        if self.kind != "plain":
            self._make_hostile(random.Random(self.seed + 1))

    def _make_hostile(self, draw: random.Random) -> None:
        """What real clusters do to whoever trusts their times."""
        for q in self.queries:
            if q.number < 500 and q.number % 7 == 2 and q.end - q.start < timedelta(hours=20):
                q.appears_at_end = True
            if q.number < 500 and q.number % 11 == 3:  # an id of its own: by time alone it would own later segments
                q.beyond, q.query_id = timedelta(days=400), 5000 + q.number
        moment, session, app, _ = draw.choice(self.connections or [(BEGIN, 1, "dbt", timedelta(0))])
        ahead = timedelta(days=300)
        self.connections.append((moment + ahead, session, app, -ahead))
        if draw.random() < 0.5:
            self._set_clock(draw.choice(self.queries).start - MINUTE / 120, draw.choice([-170, -50, 45]) * MINUTE)

    def _set_clock(self, at: datetime, step: timedelta) -> None:
        """The cluster's clock is set while nothing runs (what would, is left out)."""
        self.step, self.stepped_at = step, at
        straddling = [q for q in self.queries if q.start < at < q.end + q.late + q.details_late]
        self.queries = [q for q in self.queries if q not in straddling]
        gone = {q.transaction_id for q in straddling}
        self.vacuums = [
            v for v in self.vacuums if v.xid not in gone and not (v.start < at and (v.end is None or v.end > at))
        ]
        for q in self.queries:
            if q.start >= at:
                # Times of before and after overlap now: an id by which rows are joined must not.
                q.shift, q.query_id = step, q.query_id + 1000
                q.start, q.end = q.start + step, q.end + step
                q.segments = [(start + step, end + step, *blocks) for start, end, *blocks in q.segments]  # type: ignore[misc]
        self.connections = [
            (moment + step, session, app, late - step) if moment >= at else (moment, session, app, late)
            for moment, session, app, late in self.connections
        ]
        for v in self.vacuums:
            if v.start >= at:
                v.shift, v.start, v.end = step, v.start + step, v.end + step if v.end else None

    def clock(self, at: datetime) -> datetime:
        """What the cluster's clock shows at a (true) time."""
        return at + (self.step if at >= self.stepped_at else timedelta(0))

    def _query(self, draw: random.Random, n: int, start: datetime, transaction_id: int = 0, status: str = "") -> None:
        length = draw.choice([MINUTE, timedelta(hours=2), timedelta(days=3)]) * draw.random()
        segments = [
            (start + length * a, start + length * b, draw.randint(0, 99), draw.choice([0, draw.randint(1, 2000)]))
            for a, b in (sorted((draw.random(), draw.random())) for _ in range(draw.randint(0, 3)))
        ]
        # Ids are reused, but not while a query of that id runs.
        taken = {q.query_id for q in self.queries if q.end >= start}
        self.queries.append(
            Query(
                next(i for i in range(draw.randint(1, 4), 1000) if i not in taken), start, start + length, draw.randint(1, 4), transaction_id or n,
                status or draw.choice(["success", "success", "failed", "canceled"]),
                f"select {n} from t where a = 'x{n}' -- note",
                draw.choice([timedelta(0), 5 * MINUTE]) * draw.random(), segments,
                draw.choice([timedelta(0), 5 * MINUTE]) * draw.random(), n,
            )
        )  # fmt: skip

    @property
    def tables(self) -> dict[str, str]:
        """The views that the cluster has, and their columns."""
        shown = dict(TABLES)
        if self.kind == "plain":
            return shown
        for name, columns in MORE.items():
            shown[name] += f", {columns}"
        if self.kind == "older":
            shown["sys_query_history"] = shown["sys_query_history"].replace("username text", "unknown_to_us text")
        if self.kind == "serverless":
            shown = {name: columns for name, columns in shown.items() if not name.startswith(("stl_", "stv_"))}
            shown["sys_serverless_usage"] = USAGE
        return shown

    @property
    def last(self) -> datetime:
        """When everything has happened and its rows have arrived."""
        ends = [q.end - q.shift + q.late + q.details_late for q in self.queries]
        ends += [v.end - v.shift for v in self.vacuums if v.end] + ([self.stepped_at] if self.step else [])
        if self.kind == "serverless":
            ends += [settled for _, settled, _, _ in self.usage]
        return max(ends) + 10 * MINUTE

    # -- what the views show ------------------------------------------------------------------------------------

    def rows(self, at: datetime) -> dict[str, list[tuple[Any, ...]]]:
        """The rows of every view at a time."""
        shown: dict[str, list[tuple[Any, ...]]] = {name: [] for name in (*TABLES, "sys_serverless_usage")}
        for q in self.queries:
            over = q.end - q.shift + q.late <= at
            self._show_segments(q, over, at, shown["sys_query_detail"])
            if not q.arrives(at) or q.start - q.shift <= at - RETENTION:
                continue
            took = int((q.end - q.start) / timedelta(microseconds=1))
            kind, user, text, more = "SELECT", 7, q.text, ()
            if self.kind != "plain":
                kind, user = TYPES[q.number % 4], q.user_id
                if q.dbt_node:
                    text = f'/* {{"app": "dbt", "node_id": "{q.dbt_node}", "invocation_id": "i{q.number}"}} */ {text}'
                more = (("etl", "default", None)[q.number % 3], q.number % 4 == 0, 7 * q.number, "primary", 11 * q.number,
                        13 * q.number, q.number % 5, f"queue {q.number % 2}   ", "normal   ",
                        ("true", "false", "")[q.number % 3].ljust(10), f"1.0.{q.number}   ", f"h{q.number % 7}=   ",
                        5 + q.number % 2)  # fmt: skip
            shown["sys_query_history"].append(
                (user, q.query_id, q.transaction_id, q.session_id, "dev   ", kind.ljust(10),
                 q.status.ljust(10) if over else "running   ", q.start, q.shown_end if over else None, took if over else 1,
                 0, took // 2 if over else 0, "boom" if over and q.status == "failed" else "   ", 5 if over else 0, text,
                 USERS[user] + "   ", *more)
            )  # fmt: skip
            if self.kind != "plain" and q.number % 5 == 0:  # duplicates happen
                shown["sys_query_history"].append(shown["sys_query_history"][-1])
        for moment, session, app, late in self.connections:
            if moment + late <= at and moment > at - RETENTION:
                driver = () if self.kind == "plain" else (f"libpq {session}   ",)
                shown["sys_connection_log"].append(
                    ("authenticated   ", moment, session, "dev", "ann", app.ljust(30), *driver)
                )
        for v in self.vacuums:
            if self.kind == "serverless":
                shown["sys_vacuum_history"] += self._sys_vacuum_rows(v, at)
                continue
            kind = "[VacuumBG] " if v.automatic else ""
            if at - RETENTION < v.start - v.shift <= at:
                status = f"{kind}Started{self._way(v)}"[:30].ljust(30)
                shown["stl_vacuum"].append((1, v.xid, v.table_id, status, 100, 40, 30, v.start, 9, 20))
                if self.kind != "plain" and v.xid % 3 == 0:
                    shown["stl_vacuum"].append(shown["stl_vacuum"][-1])
            if v.end and at - RETENTION < v.end - v.shift <= at:
                shown["stl_vacuum"].append((1, v.xid, v.table_id, f"{kind}Finished".ljust(30), 90, 90, 12, v.end, 0, 0))
        day = (at - BEGIN).days
        for table in (1, 2, 3):
            if not (table == 3 and day > 2):  # dropped
                more = () if self.kind == "plain" else (1000 - 10 * table, 3 * day, "az64".ljust(32), table / 2)
                name = table_name(table, at)
                shown["svv_table_info"].append(
                    ("dev", "public", table, name, "Y", "EVEN", "a", 1, 100 + day, 1.5, 1000, 1.25, *more)
                )
        shown["svv_user_info"] = [
            (name, number, *(() if self.kind == "plain" else (number == 7, "RESTRICTED   ")))
            for number, name in USERS.items()
        ]
        shown["stv_slices"] = [(0, 0, "D"), (0, 1, "D")]
        shown["stv_node_storage_capacity"] = [(0, 100 + day, 1000)]
        shown["stv_partitions"] = [
            (0, 0, 0, 0, 9, 1, 190633, "/dev/nvme0n1   ", *(() if self.kind == "plain" else (day,)))
        ]
        shown["sys_serverless_usage"] = [
            (start, start + MINUTE, 1.5, 8.0, 100, charged if settled <= at else 0)
            for start, settled, charged, shift in self.usage
            if at - RETENTION < start - shift <= at - MINUTE
        ]
        return {name: rows for name, rows in shown.items() if name in self.tables}

    def _show_segments(self, q: Query, over: bool, at: datetime, shown: list[tuple[Any, ...]]) -> None:
        """Segments appear as they end, also of a query whose own row is not there yet."""
        if q.start - q.shift <= at - RETENTION:
            return
        part = 2 if self.kind != "plain" and not over else 1  # a segment's blocks are complete when its query ends
        for i, (start, end, read, spilled) in enumerate(q.segments):
            if end - q.shift + q.details_late <= at:
                spills, more = (spilled // part, 0), ()
                if self.kind != "plain":
                    remote = spilled // part // 3
                    spills, more = (spilled // part - remote, remote), (read // part + 1, 2 * (read // part), remote)
                row = (q.query_id, 1, 0, i, start, end, read // part, *spills, "f", "segment   ", *more)
                shown += [row, row] if i == 0 else [row]  # duplicates happen

    @property
    def usage(self) -> list[tuple[datetime, datetime, int, timedelta]]:
        """Intervals of a Serverless workgroup: start, when its charge is known (true time), that charge, the shift."""
        return [
            (q.start, q.start - q.shift + MINUTE + timedelta(hours=n % 40), n, q.shift)
            for n, q in enumerate(self.queries)
        ]

    def _way(self, v: Vacuum) -> str:
        return "" if self.kind == "plain" else list(WAYS)[v.xid % 4]

    def _sys_vacuum_rows(self, v: Vacuum, at: datetime) -> list[tuple[Any, ...]]:
        """Two rows a run, of one start time; the words are those of real rows."""
        background, rows = "[VacuumBG] " if v.automatic else "", []
        names = (1, "dev", "public", table_name(v.table_id, v.start).ljust(136), v.table_id, "Delete".ljust(30))
        statement = None if v.automatic else 7000 + v.xid
        if at - RETENTION < v.start - v.shift <= at:
            status = f"{background}Started Delete Only"[:30].ljust(30)
            rows.append((*names, status, v.start, None, v.xid, v.automatic, v.start, 9, 0, 0, statement, 100, 30))
        if v.end and at - RETENTION < v.end - v.shift <= at:
            status = f"{background}Finished".ljust(30)
            rows.append((*names, status, v.start, v.end, v.xid, v.automatic, v.end, 0, 10, 18, statement, 90, 31))
        return rows

    def show(
        self, connection: Any, at: datetime, reader: str = "current_user", without: str = "", denied: str = ""
    ) -> None:
        """Put the rows of a time into tables named as the views, for the role ``reader``.

        ``without``: a view that is missing; ``denied``: one that the role may not read. As on a real Serverless
        workgroup, STL and STV views are denied to everybody, not absent.
        """
        with connection, connection.cursor() as cursor:
            hidden = {name for name in TABLES if name not in self.tables}
            for name in {"sys_serverless_usage"} - set(self.tables) | {without} - {""}:
                cursor.execute(f"drop table if exists {name}")
            for name in hidden:
                cursor.execute(f"create table if not exists {name} ({TABLES[name]})")
            cursor.execute(
                f"create or replace function getdate() returns timestamp language sql as "
                f"$$ select timestamp '{self.clock(at)}' $$"
            )
            for name, rows in self.rows(at).items():
                if name == without:
                    continue
                cursor.execute(f"create table if not exists {name} ({self.tables[name]})")
                cursor.execute(f"truncate {name}")
                if rows:
                    execute_values(cursor, f"insert into {name} values %s", rows)
            cursor.execute(f"grant select on all tables in schema public to {reader}")
            for name in hidden | {denied} - {""}:
                cursor.execute(f"revoke select on {name} from {reader}")

    # -- the final rows, as far as the stored warehouses need them ----------------------------------------------

    def query_history(self) -> list[tuple[Any, ...]]:
        """query_id, start, end, status, application, bytes scanned, spilled blocks, error, transaction."""
        kept = []
        for q in self.queries:
            before = [(moment, app) for moment, session, app, _ in self.connections
                      if session == q.session_id and moment <= q.start]  # fmt: skip
            kept.append(
                (q.query_id, q.start, q.end, q.status.replace("canceled", "cancelled"), max(before, default=(0, ""))[1],
                 sum(s[2] for s in q.segments) * 1048576, sum(s[3] for s in q.segments) * 128,
                 "boom" if q.status == "failed" else None, q.transaction_id)
            )  # fmt: skip
        return sorted(kept)

    def vacuum_history(self) -> list[tuple[Any, ...]]:
        """xid, table, start, whether it ended, status, impacted blocks, reclaimed blocks."""
        return sorted(
            (v.xid, v.table_id, v.start, v.end is not None or not v.automatic,
             "Finished" if v.end else "Started" if v.automatic else "Failed", 20, 18 if v.end else None)
            for v in self.vacuums
        )  # fmt: skip

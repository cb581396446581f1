"""A simulated cluster: a world drawn from a seed, the rows its system views show at any time, and the final rows."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Optional

from psycopg2.extras import execute_values

BEGIN = datetime(2026, 3, 1)
RETENTION = timedelta(days=7)
MINUTE = timedelta(minutes=1)

TABLES = {
    "sys_query_history": "user_id int, query_id bigint, transaction_id bigint, session_id int, database_name text, "
    "query_type text, status text, start_time timestamp, end_time timestamp, elapsed_time bigint, queue_time bigint, "
    "execution_time bigint, error_message text, returned_rows bigint, query_text text, username text",
    "sys_query_detail": "query_id bigint, child_query_sequence int, stream_id int, segment_id int, start_time timestamp, "
    "end_time timestamp, blocks_read bigint, spilled_block_local_disk bigint, spilled_block_remote_disk bigint, "
    "is_active text, metrics_level text",
    "sys_connection_log": "event text, record_time timestamp, session_id int, database_name text, user_name text, "
    "application_name text",
    "svv_user_info": "user_name text, user_id int",
    "svv_table_info": '"database" text, "schema" text, table_id int, "table" text, encoded text, diststyle text, '
    "sortkey1 text, sortkey_num int, size bigint, unsorted numeric, tbl_rows numeric, skew_rows numeric",
    "stl_vacuum": "userid int, xid bigint, table_id int, status text, rows bigint, sortedrows bigint, blocks int, "
    "eventtime timestamp, reclaimable_rows bigint, reclaimable_space_mb bigint",
    "sys_vacuum_history": "user_id int, database_name text, schema_name text, table_name text, table_id int, "
    "vacuum_type text, status text, start_time timestamp, end_time timestamp",
    "stv_slices": "node int, slice int, type text",
    "stv_node_storage_capacity": "node int, used int, capacity int",
    "stv_partitions": "owner int, host int, diskno int, part_begin bigint, part_end bigint, used int, capacity int, mount text",
}  # fmt: skip

# Columns of newer engines and of Serverless.
MORE = {
    "sys_query_history": "query_label text, result_cache_hit boolean, returned_bytes bigint, compute_type text, "
    "compile_time bigint, planning_time bigint, lock_wait_time bigint, service_class_name text, query_priority text, "
    "short_query_accelerated text",
    "sys_vacuum_history": "transaction_id bigint, is_automatic boolean, record_time timestamp, reclaimable_rows bigint, "
    "reclaimed_rows bigint, reclaimed_blocks bigint",
    "svv_table_info": '"estimated_visible_rows" numeric, "stats_off" numeric',
}  # fmt: skip
USAGE = "start_time timestamp, end_time timestamp, compute_seconds float8, compute_capacity float8, data_storage bigint, charged_seconds bigint"
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
        ends = [q.end + q.late + q.details_late for q in self.queries] + [v.end for v in self.vacuums if v.end]
        if self.kind == "serverless":
            ends += [settled for _, settled, _ in self.usage]
        return max(ends) + 10 * MINUTE

    # -- what the views show ------------------------------------------------------------------------------------

    def rows(self, at: datetime) -> dict[str, list[tuple[Any, ...]]]:
        """The rows of every view at a time."""
        shown: dict[str, list[tuple[Any, ...]]] = {name: [] for name in (*TABLES, "sys_serverless_usage")}
        for q in self.queries:
            if q.start + q.late > at or q.start <= at - RETENTION:
                continue
            over = q.end + q.late <= at
            took = int((q.end - q.start) / timedelta(microseconds=1))
            kind, user, text, more = "SELECT", 7, q.text, ()
            if self.kind != "plain":
                kind, user = TYPES[q.number % 4], q.user_id
                if q.dbt_node:
                    text = f'/* {{"app": "dbt", "node_id": "{q.dbt_node}", "invocation_id": "i{q.number}"}} */ {text}'
                more = (("etl", "default", None)[q.number % 3], q.number % 4 == 0, 7 * q.number, "primary", 11 * q.number,
                        13 * q.number, q.number % 5, f"queue {q.number % 2}   ", "normal   ",
                        ("true", "false", "")[q.number % 3].ljust(10))  # fmt: skip
            shown["sys_query_history"].append(
                (user, q.query_id, q.transaction_id, q.session_id, "dev   ", kind.ljust(10),
                 q.status.ljust(10) if over else "running   ", q.start, q.end if over else None, took if over else 1,
                 0, took // 2 if over else 0, "boom" if over and q.status == "failed" else "   ", 5 if over else 0, text,
                 USERS[user] + "   ", *more)
            )  # fmt: skip
            if self.kind != "plain" and q.number % 5 == 0:  # duplicates happen
                shown["sys_query_history"].append(shown["sys_query_history"][-1])
            for i, (start, end, read, spilled) in enumerate(q.segments):
                if end + q.details_late <= at:
                    row = (q.query_id, 1, 0, i, start, end, read, spilled, 0, "f", "segment   ")
                    shown["sys_query_detail"] += [row, row] if i == 0 else [row]  # duplicates happen
        for moment, session, app, late in self.connections:
            if moment + late <= at and moment > at - RETENTION:
                shown["sys_connection_log"].append(("authenticated   ", moment, session, "dev", "ann", app.ljust(30)))
        for v in self.vacuums:
            if self.kind == "serverless":
                shown["sys_vacuum_history"] += self._sys_vacuum_rows(v, at)
                continue
            kind = "[VacuumBG] " if v.automatic else ""
            if v.start <= at and v.start > at - RETENTION:
                status = f"{kind}Started{self._way(v)}"[:30].ljust(30)
                shown["stl_vacuum"].append((1, v.xid, v.table_id, status, 100, 0, 30, v.start, 9, 20))
                if self.kind != "plain" and v.xid % 3 == 0:
                    shown["stl_vacuum"].append(shown["stl_vacuum"][-1])
            if v.end and v.end <= at and v.end > at - RETENTION:
                shown["stl_vacuum"].append((1, v.xid, v.table_id, f"{kind}Finished".ljust(30), 90, 0, 12, v.end, 0, 0))
        day = (at - BEGIN).days
        for table in (1, 2, 3):
            if not (table == 3 and day > 2):  # dropped
                more = () if self.kind == "plain" else (1000 - 10 * table, 3 * day)
                name = table_name(table, at)
                shown["svv_table_info"].append(
                    ("dev", "public", table, name, "Y", "EVEN", "a", 1, 100 + day, 1.5, 1000, 1.25, *more)
                )
        shown["svv_user_info"] = [(name, number) for number, name in USERS.items()]
        shown["stv_slices"] = [(0, 0, "D"), (0, 1, "D")]
        shown["stv_node_storage_capacity"] = [(0, 100 + day, 1000)]
        shown["stv_partitions"] = [(0, 0, 0, 0, 9, 1, 190633, "/dev/nvme0n1   ")]
        shown["sys_serverless_usage"] = [
            (start, start + MINUTE, 1.5, 8.0, 100, charged if settled <= at else 0)
            for start, settled, charged in self.usage
            if start + MINUTE <= at and start > at - RETENTION
        ]
        return {name: rows for name, rows in shown.items() if name in self.tables}

    @property
    def usage(self) -> list[tuple[datetime, datetime, int]]:
        """Intervals of a Serverless workgroup: start, when its charge is known, and that charge."""
        return [(q.start, q.start + MINUTE + timedelta(hours=n % 40), n) for n, q in enumerate(self.queries)]

    def _way(self, v: Vacuum) -> str:
        return "" if self.kind == "plain" else list(WAYS)[v.xid % 4]

    def _sys_vacuum_rows(self, v: Vacuum, at: datetime) -> list[tuple[Any, ...]]:
        """Two rows a run, of one start time; the words are those of real rows."""
        background, rows = "[VacuumBG] " if v.automatic else "", []
        names = (1, "dev", "public", table_name(v.table_id, v.start).ljust(136), v.table_id, "Delete".ljust(30))
        if v.start <= at and v.start > at - RETENTION:
            status = f"{background}Started Delete Only"[:30].ljust(30)
            rows.append((*names, status, v.start, None, v.xid, v.automatic, v.start, 9, 0, 0))
        if v.end and v.end <= at and v.end > at - RETENTION:
            status = f"{background}Finished".ljust(30)
            rows.append((*names, status, v.start, v.end, v.xid, v.automatic, v.end, 0, 10, 18))
        return rows

    def show(self, connection: Any, at: datetime, without: str = "") -> None:
        """Put the rows of a time into tables named as the views; ``without`` one of them."""
        with connection, connection.cursor() as cursor:
            for name in (set(TABLES) | {"sys_serverless_usage"}) - set(self.tables) | {without} - {""}:
                cursor.execute(f"drop table if exists {name}")
            for name, rows in self.rows(at).items():
                if name == without:
                    continue
                cursor.execute(f"create table if not exists {name} ({self.tables[name]})")
                cursor.execute(f"truncate {name}")
                if rows:
                    execute_values(cursor, f"insert into {name} values %s", rows)

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

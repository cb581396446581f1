"""A cluster whose whole truth is known: what it shows at any time, and what a perfect observer would have kept."""

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


@dataclass
class Query:
    query_id: int
    start: datetime
    end: datetime
    session_id: int
    transaction_id: int
    status: str
    text: str
    late: timedelta  # how long after its start or end the view shows it
    segments: list[tuple[datetime, datetime, int, int]]  # start, end, blocks read, blocks spilled
    details_late: timedelta


@dataclass
class Vacuum:
    xid: int
    table_id: int
    start: datetime
    end: Optional[datetime]
    automatic: bool


@dataclass
class World:
    """Everything that happens, drawn from a seed."""

    seed: int
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
                if not ends and not automatic:  # its statement failed, and tells so
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
        # Ids are reused, though not while the last query of that id runs.
        taken = {q.query_id for q in self.queries if q.end >= start}
        self.queries.append(
            Query(
                next(i for i in range(draw.randint(1, 4), 1000) if i not in taken), start, start + length, draw.randint(1, 4), transaction_id or n,
                status or draw.choice(["success", "success", "failed", "canceled"]),
                f"select {n} from t where a = 'x{n}' -- note",
                draw.choice([timedelta(0), 5 * MINUTE]) * draw.random(), segments,
                draw.choice([timedelta(0), 5 * MINUTE]) * draw.random(),
            )
        )  # fmt: skip

    @property
    def last(self) -> datetime:
        """When everything has happened and is shown."""
        ends = [q.end + q.late + q.details_late for q in self.queries] + [v.end for v in self.vacuums if v.end]
        return max(ends) + 10 * MINUTE

    # -- what the views show ------------------------------------------------------------------------------------

    def rows(self, at: datetime) -> dict[str, list[tuple[Any, ...]]]:
        """The rows of every view at a time."""
        shown: dict[str, list[tuple[Any, ...]]] = {name: [] for name in TABLES}
        for q in self.queries:
            if q.start + q.late > at or q.start <= at - RETENTION:
                continue
            over = q.end + q.late <= at
            took = int((q.end - q.start) / timedelta(microseconds=1))
            shown["sys_query_history"].append(
                (7, q.query_id, q.transaction_id, q.session_id, "dev   ", "SELECT    ",
                 q.status.ljust(10) if over else "running   ", q.start, q.end if over else None, took if over else 1,
                 0, took // 2 if over else 0, "boom" if over and q.status == "failed" else "   ", 5 if over else 0, q.text,
                 "ann   ")
            )  # fmt: skip
            for i, (start, end, read, spilled) in enumerate(q.segments):
                if end + q.details_late <= at:
                    row = (q.query_id, 1, 0, i, start, end, read, spilled, 0, "f", "segment   ")
                    shown["sys_query_detail"] += [row, row] if i == 0 else [row]  # duplicates happen
        for moment, session, app, late in self.connections:
            if moment + late <= at and moment > at - RETENTION:
                shown["sys_connection_log"].append(("authenticated   ", moment, session, "dev", "ann", app.ljust(30)))
        for v in self.vacuums:
            kind = "[VacuumBG] " if v.automatic else ""
            if v.start <= at and v.start > at - RETENTION:
                shown["stl_vacuum"].append(
                    (1, v.xid, v.table_id, f"{kind}Started".ljust(30), 100, 0, 30, v.start, 9, 20)
                )
            if v.end and v.end <= at and v.end > at - RETENTION:
                shown["stl_vacuum"].append((1, v.xid, v.table_id, f"{kind}Finished".ljust(30), 90, 0, 12, v.end, 0, 0))
        day = (at - BEGIN).days
        for table in (1, 2, 3):
            if not (table == 3 and day > 2):  # dropped
                name = f"t{table}" + ("_new" if table == 2 and day > 1 else "")  # renamed
                shown["svv_table_info"].append(
                    ("dev", "public", table, name, "Y", "EVEN", "a", 1, 100 + day, 1.5, 1000, 1.25)
                )
        shown["svv_user_info"] = [("ann", 7)]
        shown["stv_slices"] = [(0, 0, "D"), (0, 1, "D")]
        shown["stv_node_storage_capacity"] = [(0, 100 + day, 1000)]
        shown["stv_partitions"] = [(0, 0, 0, 0, 9, 1, 190633, "/dev/nvme0n1   ")]
        return shown

    def show(self, connection: Any, at: datetime) -> None:
        """Put the views' rows of a time into tables of those names."""
        with connection, connection.cursor() as cursor:
            for name, rows in self.rows(at).items():
                cursor.execute(f"create table if not exists {name} ({TABLES[name]})")
                cursor.execute(f"truncate {name}")
                if rows:
                    execute_values(cursor, f"insert into {name} values %s", rows)

    # -- what a perfect observer keeps --------------------------------------------------------------------------

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

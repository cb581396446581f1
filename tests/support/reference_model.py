"""The reference model: every column of every entity, derived from the simulated world independently of the product.

It knows the world and when the snapshots were taken. It knows nothing of syncs, watermarks and builds.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Optional

from .simulation import BEGIN, MINUTE, TYPES, USERS, WAYS, Query, Vacuum, World, table_name

Row = dict[str, Any]
# All statements of the world are this one with other literals.
NORMALIZED = "select ? from t where a = ?"
GIB_IN_BLOCKS = 1048576 / 8  # of 8 KB
BLOCKS = ("remote_spilled_blocks", "bytes_written", "local_bytes_read", "remote_bytes_read")


@dataclass(frozen=True)
class Snapshot:
    """A sync that read the cluster's state: its stamp (``synced_at``) and the world's time."""

    sync_id: str
    synced_at: datetime
    at: datetime
    tables: bool = True  # it read them
    nodes: bool = True


class ReferenceModel:
    """One cluster: its name and database, its world, and the snapshots of it in the order of their stamps."""

    def __init__(self, name: str, database: str, world: World, snapshots: list[Snapshot]) -> None:
        self.name, self.database, self.world = name, database, world
        self.snapshots = snapshots
        self.tables = [s for s in snapshots if s.tables]
        self.nodes = [s for s in snapshots if s.nodes and world.kind != "serverless"]

    def entities(self) -> dict[str, list[Row]]:
        """The expected rows of each entity, without ``synced_at`` and ``built_at``."""
        return {
            "query_history": [self._query(q) for q in self.world.queries],
            "vacuum_history": [self._vacuum(v) for v in self.world.vacuums],
            "table_stats_history": [
                {**self._table(n, s.at), "snapshot_date": day, "sync_id": s.sync_id, "connected_database": self.database}
                for (n, day), s in self._days_of_tables().items()
            ],
            "table_stats": [
                {**self._table(n, s.at), **self._last_vacuum(n, s.at)} for s in self.tables[-1:] for n in self._existing(s.at)
            ],
            "node_details_history": [
                {**self._node(s.at), "snapshot_date": day, "sync_id": s.sync_id}
                for day, s in {s.synced_at.date(): s for s in self.nodes}.items()
            ],
            "node_details": [self._node(s.at) for s in self.nodes[-1:]],
            "serverless_usage_history": self._usage(),
            "connection_history": [
                {"cluster_id": self.name, "session_id": session, "record_time": moment, "event": "authenticated",
                 "user_name": "ann", "database_name": "dev", "application_name": app, "driver_version": f"libpq {session}"}
                for moment, session, app, _ in self.world.connections
            ],
            "user_history": [
                {"cluster_id": self.name, "user_id": number, "snapshot_date": day, "sync_id": s.sync_id, "user_name": user,
                 "syslog_access": "RESTRICTED", "is_superuser": number == 7}
                for day, s in {s.synced_at.date(): s for s in self.snapshots}.items()
                for number, user in USERS.items()
            ],
            "latest_snapshots": [
                {"cluster_id": self.name, "subject": subject, "database_name": database, "sync_id": taken[-1].sync_id}
                for subject, database, taken in (("tables", self.database, self.tables), ("nodes", "", self.nodes))
                if taken
            ],
        }  # fmt: skip

    # -- queries ------------------------------------------------------------------------------------------------

    def _query(self, q: Query) -> Row:
        took = (q.end - q.start).total_seconds() * 1_000_000
        before = [(moment, app) for moment, session, app, _ in self.world.connections
                  if session == q.session_id and moment <= q.start]  # fmt: skip
        spilled = sum(segment[3] for segment in q.segments) * 128
        return {
            "cluster_id": self.name, "query_id": q.query_id, "start_time": q.start, "transaction_id": q.transaction_id,
            "session_id": q.session_id, "user_id": q.user_id,
            "query_hash": hashlib.md5(NORMALIZED.encode()).hexdigest(), "user_name": USERS[q.user_id],
            "application_name": max(before, default=(None, ""))[1], "database_name": "dev",
            "status": "cancelled" if q.status == "canceled" else q.status, "query_type": TYPES[q.number % 4] or "OTHER",
            "query_label": ("etl", "default", None)[q.number % 3], "queue_name": f"queue {q.number % 2}",
            "compute_type": "primary", "query_priority": "normal", "app": "dbt" if q.dbt_node else None,
            "dbt_node_id": q.dbt_node, "dbt_invocation_id": f"i{q.number}" if q.dbt_node else None,
            "error_message": "boom" if q.status == "failed" else None, "query_text": NORMALIZED, "query_hash_version": 1,
            "elapsed_time_us": round(took), "execution_time_us": round(took) // 2, "queue_time_us": 0,
            "compile_time_us": 11 * q.number, "planning_time_us": 13 * q.number, "lock_wait_time_us": q.number % 5,
            "rows_returned": 5, "bytes_returned": 7 * q.number,
            "bytes_scanned": sum(segment[2] for segment in q.segments) * 1048576, "spilled_blocks": spilled,
            "execution_seconds": round(took) // 2 / 1_000_000, "spill_gb": spilled / GIB_IN_BLOCKS,
            "is_cache_hit": q.number % 4 == 0, "is_short_query_accelerated": (True, False, None)[q.number % 3],
            "has_detail": bool(q.segments), "end_time": q.shown_end, "redshift_version": f"1.0.{q.number}",
            "generic_query_hash": f"h{q.number % 7}=", "service_class_id": 5 + q.number % 2,
            **(self._blocks(q) if q.segments else dict.fromkeys(BLOCKS)),
        }  # fmt: skip

    @staticmethod
    def _blocks(q: Query) -> Row:
        read, remote = (sum(blocks) for blocks in zip(*((s[2], s[3] // 3) for s in q.segments)))
        blocks = (remote * 128, (read + len(q.segments)) * 1048576, 2 * read * 1048576, remote * 1048576)
        return dict(zip(BLOCKS, blocks))

    # -- vacuums ------------------------------------------------------------------------------------------------

    def _vacuum(self, v: Vacuum) -> Row:
        sys = self.world.kind == "serverless"
        failed = v.end is None and not v.automatic
        blocks = 18 if v.end else None if sys else 20
        name = table_name(v.table_id, v.start) if sys else self._name_at(v)
        return {
            "cluster_id": self.name, "xid": v.xid, "table_id": v.table_id, "start_time": v.start,
            "database_name": "unknown" if name is None else "dev", "schema": "unknown" if name is None else "public",
            "table_name": name or "unknown",
            "vacuum_type": "DELETE ONLY" if sys else list(WAYS.values())[v.xid % 4],
            "status": "Finished" if v.end else "Failed" if failed else "Started",
            "source_view": "sys_vacuum_history" if sys else "stl_vacuum", "reclaimable_rows": 9,
            "impacted_blocks": blocks if sys else 20, "reclaimed_rows": 10 if v.end else None,
            "reclaimed_blocks": 18 if v.end else None,
            "reclaimable_gb": None if sys and not v.end else (18 if sys else 20) / 1024, "is_automatic": v.automatic,
            # A failed run ended with its statement.
            "end_time": max(q.end for q in self.world.queries if q.transaction_id == v.xid) if failed else v.end,
            "user_id": 1, "query_id": 7000 + v.xid if sys and not v.automatic else None,
            "rows_before": 100, "rows_after": 90 if v.end else None,
            "sorted_rows_before": None if sys else 40, "sorted_rows_after": 90 if v.end and not sys else None,
            "blocks_before": 30, "blocks_after": 12 if v.end and not sys else None,
        }  # fmt: skip

    def _name_at(self, v: Vacuum) -> Optional[str]:
        """The table's name in the last snapshot up to the day of the run, else in the first one after it."""
        days = {day: s.at for (n, day), s in self._days_of_tables().items() if n == v.table_id}
        before = [day for day in days if day <= v.start.date()]
        if not days:
            return None
        return table_name(v.table_id, days[max(before) if before else min(days)])

    # -- tables and nodes ---------------------------------------------------------------------------------------

    def _days_of_tables(self) -> dict[tuple[int, date], Snapshot]:
        """The last snapshot of each day in which a table was seen."""
        return {(n, s.synced_at.date()): s for s in self.tables for n in self._existing(s.at)}

    @staticmethod
    def _existing(at: datetime) -> list[int]:
        return [1, 2, 3] if (at - BEGIN).days <= 2 else [1, 2]

    def _table(self, n: int, at: datetime) -> Row:
        day = (at - BEGIN).days
        return {
            "cluster_id": self.name, "database_name": "dev", "table_id": n, "schema": "public", "table_name": table_name(n, at),
            "diststyle": "EVEN", "dist_key": None, "sort_key1": "a", "encoded": "Y", "sortkey_num": 1, "tbl_rows": 1000,
            "size_mb": 100 + day, "unsorted_pct": 1.5, "stats_off_pct": 3 * day, "vacuum_sort_benefit_pct": None,
            "pct_skew_across_slices": 25, "pct_rows_marked_for_deletion": n, "is_auto_sortkey": False, "create_time": None,
            "current_diststyle": "EVEN", "sort_key1_encoding": "az64", "is_auto_encoded": False,
            "estimated_visible_rows": 1000 - 10 * n, "pct_used": n / 2,
        }  # fmt: skip

    def _last_vacuum(self, n: int, at: datetime) -> Row:
        runs = [self._vacuum(v) for v in self.world.vacuums if v.table_id == n and v.end]
        own = [run for run in runs if run["table_name"] == table_name(n, at)]
        last = max(own, key=lambda run: (run["end_time"], run["vacuum_type"]), default=None)
        return {"last_vacuum_date": last and last["end_time"], "vacuum_type": last and last["vacuum_type"]}

    def _node(self, at: datetime) -> Row:
        day = (at - BEGIN).days
        used = 100 + day
        return {
            "cluster_id": self.name, "node_id": 0, "node_type": "dc2.large", "slice_count": 2, "capacity_mb": 1000,
            "used_mb": used, "storage_utilization_pct": used / 1000 * 100, "capacity_gb": 1000 / 1024, "is_nvme": True,
            "partition_count": 1, "disk_capacity_mb": 190633, "disk_used_mb": 1, "disk_tossed_mb": day,
        }  # fmt: skip

    def _usage(self) -> list[Row]:
        if self.world.kind != "serverless":
            return []
        return [
            {"cluster_id": self.name, "start_time": start, "end_time": start + MINUTE,
             "compute_seconds": 1.5, "capacity_rpu": 8, "data_storage_mb": 100, "cross_region_bytes": 0,
             "charged_seconds": charged, "charged_optimization_seconds": 0}
            for start, _, charged, _ in self.world.usage
        ]  # fmt: skip

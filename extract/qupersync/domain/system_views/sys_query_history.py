"""SYS_QUERY_HISTORY: one row per submitted statement, running and finished."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Optional

from ..staged import flag, moment, text, whole
from .base import Kind, SystemView, Visibility

FINISHED_STATUSES = ("success", "failed", "canceled")
QUERY_TEXT = (
    16_384  # bytes: 4,000 characters of up to four. Redshift reserves a column's whole width when it sorts or joins.
)


@dataclass(frozen=True)
class SysQueryHistory(SystemView):
    """A statement. The row appears when it starts and is overwritten in place until it ends."""

    view: ClassVar[str] = "sys_query_history"
    kind: ClassVar[Kind] = Kind.LOG
    visibility: ClassVar[Visibility] = Visibility.OWN_ROWS
    key: ClassVar[tuple[str, ...]] = ("query_id", "start_time")  # ids are reused
    unread: ClassVar[tuple[str, ...]] = (
        "usage_limit",
        "user_query_hash",
        "query_hash_version",
        "result_cache_query_id",
        "result_offloaded",
        "query_uuid",
    )
    time: ClassVar[Optional[str]] = "start_time"
    end: ClassVar[Optional[str]] = "end_time"
    final: ClassVar[Optional[tuple[str, tuple[str, ...]]]] = ("status", FINISHED_STATUSES)
    id_column: ClassVar[Optional[str]] = "query_id"
    tracks_in_flight: ClassVar[bool] = True
    access: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("query_id", "start_time"),
        ("session_id", "start_time"),
        ("transaction_id",),
    )

    user_id: Optional[int] = whole("Submitting user; 1 is Redshift itself.")
    query_id: int = whole("Statement id; reused over time.")
    query_label: Optional[str] = text("Query group or label.", 320, optional=True)
    transaction_id: Optional[int] = whole("Transaction; unique.")
    session_id: Optional[int] = whole("Process id; reused over time.")
    database_name: Optional[str] = text("Connected database.")
    query_type: Optional[str] = text("Redshift's word for the kind of statement; an open list.", 64)
    status: Optional[str] = text("planning, queued, running, returning; final: success, failed, canceled.", 64)
    result_cache_hit: Optional[bool] = flag("Answered from the result cache.", optional=True)
    start_time: datetime = moment("Began.")
    end_time: Optional[datetime] = moment("Finished; NULL while running. Judge by the status.")
    elapsed_time: Optional[int] = whole("Total µs.")
    queue_time: Optional[int] = whole("WLM queue, µs.")
    execution_time: Optional[int] = whole("In the service class, µs.")
    error_message: Optional[str] = text("Failure text, as the privacy mode leaves it.", 4_096)
    returned_rows: Optional[int] = whole("Rows to the client.")
    returned_bytes: Optional[int] = whole("Bytes to the client.", optional=True)
    query_text: Optional[str] = text("Text, as the privacy mode leaves it; Redshift cuts it at 4,000.", QUERY_TEXT)
    redshift_version: Optional[str] = text("Engine version.", optional=True)
    compute_type: Optional[str] = text("primary, secondary, primary-scale; provisioned only.", 64, optional=True)
    compile_time: Optional[int] = whole("Compilation, µs.", optional=True)
    planning_time: Optional[int] = whole("Planning, µs.", optional=True)
    lock_wait_time: Optional[int] = whole("Waiting for relation locks, µs.", optional=True)
    service_class_id: Optional[int] = whole("WLM service class; -1 on Serverless and while unassigned.", optional=True)
    service_class_name: Optional[str] = text("Queue; blank on Serverless.", optional=True)
    query_priority: Optional[str] = text("lowest … highest, `n/a` under manual WLM.", 64, optional=True)
    short_query_accelerated: Optional[str] = text(
        "`true` when short query acceleration took it; blank on Serverless.", 16, optional=True
    )
    generic_query_hash: Optional[str] = text("Redshift's own hash without literals.", optional=True)
    username: Optional[str] = text("User name; absent on older engines.", optional=True)
    query_hash: str = text("MD5 of the normalized text.", 32, derived=True)
    query_hash_version: int = whole("Version of our normalization.", derived=True)
    app: Optional[str] = text("`app` of the query comment.", derived=True)
    dbt_node_id: Optional[str] = text("`node_id` of dbt's query comment.", 512, derived=True)
    dbt_invocation_id: Optional[str] = text("`invocation_id` of dbt's query comment.", derived=True)

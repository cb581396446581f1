"""SYS_QUERY_DETAIL: one row per query and metrics level; we read the segment level only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Optional

from ..staged import moment, text, whole
from .base import Kind, SystemView, Visibility

_SUMMED = "The segments of a query are summed in query_history; there are 10 to 50 of them a query."


@dataclass(frozen=True)
class SysQueryDetail(SystemView):
    """A segment of a query. Blocks read and spilled stand on segment rows and are 0 on step rows."""

    view: ClassVar[str] = "sys_query_detail"
    kind: ClassVar[Kind] = Kind.LOG
    visibility: ClassVar[Visibility] = Visibility.OWN_ROWS
    key: ClassVar[tuple[str, ...]] = ("query_id", "child_query_sequence", "stream_id", "segment_id", "start_time")
    unread: ClassVar[tuple[str, ...]] = (
        "user_id",
        "step_id",
        "step_name",
        "table_id",
        "table_name",
        "is_rrscan",
        "duration",
        "alert",
        "input_bytes",
        "input_rows",
        "output_bytes",
        "output_rows",
        "source",
        "data_skewness",
        "time_skewness",
        "step_attribute",
        "plan_parent_id",
        "plan_node_id",
    )
    time: ClassVar[Optional[str]] = "start_time"
    end: ClassVar[Optional[str]] = "end_time"
    final: ClassVar[Optional[tuple[str, tuple[str, ...]]]] = ("is_active", ("f",))
    id_column: ClassVar[Optional[str]] = "query_id"
    detail_of: ClassVar[Optional[str]] = "sys_query_history"
    only: ClassVar[Optional[tuple[str, str]]] = ("metrics_level", "segment")
    access: ClassVar[tuple[tuple[str, ...], ...]] = (("query_id", "start_time"),)

    query_id: int = whole("Query; joins sys_query_history within the query's time span.")
    child_query_sequence: int = whole("Rewritten child query, from 1.", unkept=_SUMMED)
    stream_id: int = whole("Stream.", unkept=_SUMMED)
    segment_id: int = whole("Segment.", unkept=_SUMMED)
    start_time: datetime = moment("Segment began.", unkept="It assigns the segment to the query that was running.")
    end_time: Optional[datetime] = moment("Segment ended.", unkept=_SUMMED)
    blocks_read: Optional[int] = whole("1 MB blocks read.")
    blocks_write: Optional[int] = whole("1 MB blocks written.", optional=True)
    local_read_io: Optional[int] = whole("1 MB blocks from the local cache.", optional=True)
    remote_read_io: Optional[int] = whole("1 MB blocks from managed storage.", optional=True)
    spilled_block_local_disk: Optional[int] = whole("1 MB blocks spilled to local disk.")
    spilled_block_remote_disk: Optional[int] = whole("1 MB blocks spilled to S3.")
    is_active: Optional[str] = text(
        "`t` while running, `f` when done.", 8, optional=True,
        unkept="It tells the final version of a segment from earlier ones.",
    )  # fmt: skip
    metrics_level: Optional[str] = text("Always `segment` here.", 64, unkept="The same in every row that is read.")

"""SYS_VACUUM_HISTORY: VACUUM runs where there is no stl_vacuum (Serverless, Multi-AZ)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Optional

from ..staged import flag, moment, text, whole
from .base import Kind, SystemView, Visibility


@dataclass(frozen=True)
class SysVacuumHistory(SystemView):
    """A run or one of its two rows: real warehouses write a start and a finish row with one start time."""

    view: ClassVar[str] = "sys_vacuum_history"
    kind: ClassVar[Kind] = Kind.LOG
    visibility: ClassVar[Visibility] = Visibility.OWN_ROWS
    key: ClassVar[tuple[str, ...]] = ("table_id", "start_time", "status")
    unread: ClassVar[tuple[str, ...]] = ("duration", "sortedrows_before_vacuum", "sortedrows_after_vacuum")
    fallback_for: ClassVar[Optional[str]] = "stl_vacuum"
    time: ClassVar[Optional[str]] = "record_time"
    access: ClassVar[tuple[tuple[str, ...], ...]] = (("table_id", "transaction_id"),)

    user_id: Optional[int] = whole("Who.")
    transaction_id: Optional[int] = whole("Transaction (the xid of stl_vacuum).", optional=True)
    query_id: Optional[int] = whole("Statement; NULL for automatic runs.", optional=True)
    database_name: Optional[str] = text("Database.")
    schema_name: Optional[str] = text("Schema.")
    table_name: Optional[str] = text("Table.")
    table_id: int = whole("Table.")
    vacuum_type: Optional[str] = text("Delete, Sort, Reindex, Recluster, Full, Range Partition.")
    is_automatic: Optional[bool] = flag("A background run.", optional=True)
    status: str = text("Documented: Initialize … Complete; real: `[VacuumBG] Started …`, `[VacuumBG] Finished`.")
    start_time: datetime = moment("Began.")
    end_time: Optional[datetime] = moment("Ended; NULL on a start row.")
    record_time: Optional[datetime] = moment(
        "When the row was written.", optional=True, unkept="It bounds what a sync reads; start and end are kept."
    )
    rows_before_vacuum: Optional[int] = whole("Rows before; on a finish row really the rows after.", optional=True)
    size_before_vacuum: Optional[int] = whole("MB.", optional=True)
    reclaimable_rows: Optional[int] = whole("Estimate at the start.", optional=True)
    reclaimed_rows: Optional[int] = whole("Given back.", optional=True)
    reclaimed_blocks: Optional[int] = whole("1 MB blocks given back.", optional=True)

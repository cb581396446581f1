"""STL_VACUUM: a row when a VACUUM starts on a table and one when it ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Optional

from ..staged import moment, text, whole
from .base import Kind, Presence, SystemView, Visibility


@dataclass(frozen=True)
class StlVacuum(SystemView):
    """A start, a finish or a skip. A database-wide VACUUM uses one transaction per table."""

    view: ClassVar[str] = "stl_vacuum"
    kind: ClassVar[Kind] = Kind.LOG
    presence: ClassVar[Presence] = Presence.PROVISIONED
    visibility: ClassVar[Visibility] = Visibility.SUPERUSER
    key: ClassVar[tuple[str, ...]] = ("xid", "table_id", "status", "eventtime")
    unread: ClassVar[tuple[str, ...]] = ("max_merge_partitions", "cutoff_xid")
    time: ClassVar[Optional[str]] = "eventtime"
    access: ClassVar[tuple[tuple[str, ...], ...]] = (("table_id", "xid"),)

    userid: Optional[int] = whole("Who.")
    xid: int = whole("Transaction.")
    table_id: int = whole("Table.")
    status: str = text("Started…, Finished, Skipped…, maybe after `[VacuumBG] `; Redshift cuts it at 30.")
    rows: Optional[int] = whole("Rows with the marked ones: before on the start row, after on the finish row.")
    sortedrows: Optional[int] = whole("Sorted rows, before and after.")
    blocks: Optional[int] = whole("1 MB blocks, before and after.")
    eventtime: datetime = moment("Time of this row's event.")
    reclaimable_rows: Optional[int] = whole("Estimate on the start row; what is left on the finish row.", optional=True)
    reclaimable_space_mb: Optional[int] = whole("The same in MB.", optional=True)
    is_recluster: Optional[int] = whole("1: the recluster algorithm.", optional=True)

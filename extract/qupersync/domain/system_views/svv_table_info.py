"""SVV_TABLE_INFO: one row per user table with at least one row, of the connected database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Optional

from ..staged import moment, real, text, whole
from .base import Kind, SystemView, Visibility


@dataclass(frozen=True)
class SvvTableInfo(SystemView):
    """A table and its health, now. The view covers one database."""

    view: ClassVar[str] = "svv_table_info"
    kind: ClassVar[Kind] = Kind.SNAPSHOT
    visibility: ClassVar[Visibility] = Visibility.SUPERUSER
    on_multi_az: ClassVar[bool] = False
    key: ClassVar[tuple[str, ...]] = ("database", "table_id")
    unread: ClassVar[tuple[str, ...]] = ("max_varchar", "empty", "skew_sortkey1", "risk_event")
    per_database: ClassVar[bool] = True

    database: str = text("Database of the table.")
    schema: Optional[str] = text("Schema of the table.")
    table_id: int = whole("Object id of the table; unique within one warehouse.")
    table: Optional[str] = text("Name of the table.")
    encoded: Optional[str] = text("`Y`, `N` or `Y, AUTO(ENCODE)`: is any column compressed.")
    diststyle: Optional[str] = text("`EVEN`, `ALL`, `KEY(column)`, `AUTO(…)`.", 512)
    sortkey1: Optional[str] = text("First sort column, `AUTO(SORTKEY(column))`, `INTERLEAVED` or empty.", 512)
    sortkey1_enc: Optional[str] = text("Encoding of the first sort column.", optional=True)
    sortkey_num: Optional[int] = whole("Number of sort columns.")
    size: Optional[int] = whole("Size in 1 MB blocks.")
    pct_used: Optional[float] = real("Percent of the available space that the table takes.", optional=True)
    unsorted: Optional[float] = real("Percent of rows out of sort order; NULL without a sort key.")
    stats_off: Optional[float] = real("Staleness of the statistics, 0 (fresh) to 100.", optional=True)
    tbl_rows: Optional[int] = whole("Rows, including rows marked for deletion.")
    skew_rows: Optional[float] = real("Rows on the fullest slice / rows on the emptiest; NULL for DISTSTYLE ALL.")
    estimated_visible_rows: Optional[int] = whole("Rows without those marked for deletion (rounded).", optional=True)
    vacuum_sort_benefit: Optional[float] = real(
        "Scan improvement in percent that VACUUM SORT may bring.", optional=True
    )
    create_time: Optional[datetime] = moment("Creation of the table.", optional=True)
    connected_database: str = text("Database that was connected to when this was read.", derived=True)

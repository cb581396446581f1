"""SYS_SERVERLESS_USAGE: what a Serverless workgroup used and is charged for, by the minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Optional

from ..staged import moment, real, whole
from .base import Kind, Presence, SystemView, Visibility


@dataclass(frozen=True)
class SysServerlessUsage(SystemView):
    """One interval. What is charged is known when the transaction has ended: until then it may be 0."""

    view: ClassVar[str] = "sys_serverless_usage"
    kind: ClassVar[Kind] = Kind.LOG
    presence: ClassVar[Presence] = Presence.SERVERLESS
    visibility: ClassVar[Visibility] = Visibility.SUPERUSER
    on_multi_az: ClassVar[bool] = False
    key: ClassVar[tuple[str, ...]] = ("start_time",)
    time: ClassVar[Optional[str]] = "start_time"
    restatement: ClassVar[Optional[timedelta]] = timedelta(days=2)

    start_time: datetime = moment("The interval began.")
    end_time: Optional[datetime] = moment("The interval ended.")
    compute_seconds: Optional[float] = real("RPU-seconds used.")
    compute_capacity: Optional[float] = real("RPUs, on average.")
    data_storage: Optional[int] = whole("MB stored, on average.")
    cross_region_transferred_data: Optional[int] = whole("Bytes sent to other regions.", optional=True)
    charged_seconds: Optional[int] = whole("RPU-seconds charged, known late.")
    charged_extra_compute_for_automatic_optimization_seconds: Optional[int] = whole(
        "RPU-seconds charged for automatic optimization.", optional=True
    )

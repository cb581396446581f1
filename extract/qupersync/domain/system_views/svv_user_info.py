"""SVV_USER_INFO: the users, to name those that sys_query_history gives as an id only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Optional

from ..staged import flag, text, whole
from .base import Kind, SystemView, Visibility


@dataclass(frozen=True)
class SvvUserInfo(SystemView):
    """A user, now."""

    view: ClassVar[str] = "svv_user_info"
    kind: ClassVar[Kind] = Kind.SNAPSHOT
    visibility: ClassVar[Visibility] = Visibility.METADATA
    on_multi_az: ClassVar[bool] = False
    key: ClassVar[tuple[str, ...]] = ("user_id",)
    unread: ClassVar[tuple[str, ...]] = (
        "createdb",
        "catalog_update",
        "connection_limit",
        "last_ddl_timestamp",
        "session_timeout",
        "external_user_id",
    )
    access: ClassVar[tuple[tuple[str, ...], ...]] = (("user_id", "synced_at"),)

    user_name: Optional[str] = text("Name.")
    user_id: int = whole("Id, as in sys_query_history.")
    superuser: Optional[bool] = flag("Sees everything.", optional=True)
    syslog_access: Optional[str] = text("RESTRICTED or UNRESTRICTED.", optional=True)

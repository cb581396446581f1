"""SYS_CONNECTION_LOG: connections and what they called themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Optional

from ..staged import moment, text, whole
from .base import Kind, SystemView, Visibility


@dataclass(frozen=True)
class SysConnectionLog(SystemView):
    """An event of a session: it has no natural key, equal rows are one."""

    view: ClassVar[str] = "sys_connection_log"
    kind: ClassVar[Kind] = Kind.LOG
    visibility: ClassVar[Visibility] = Visibility.SUPERUSER
    key: ClassVar[tuple[str, ...]] = ("record_time", "session_id")
    unread: ClassVar[tuple[str, ...]] = (
        "remote_host",
        "remote_port",
        "auth_method",
        "duration",
        "ssl_version",
        "ssl_cipher",
        "mtu",
        "ssl_compression",
        "ssl_expansion",
        "iam_auth_guid",
        "os_version",
        "plugin_name",
        "protocol_version",
        "global_session_id",
    )
    time: ClassVar[Optional[str]] = "record_time"
    access: ClassVar[tuple[tuple[str, ...], ...]] = (("session_id", "record_time"),)

    event: Optional[str] = text("authenticated, initiating session, disconnecting session, …")
    record_time: datetime = moment("Time of the event.")
    session_id: int = whole("Process id; reused over time.")
    database_name: Optional[str] = text("Database.")
    user_name: Optional[str] = text("User.")
    application_name: Optional[str] = text("Application, as the client named itself.", 512)
    driver_version: Optional[str] = text("Driver.", optional=True)

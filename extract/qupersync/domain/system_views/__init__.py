"""One dataclass per raw view: the columns that we read, their types, the key, the time and where the view exists."""

from .base import Kind, Presence, SystemView, Visibility
from .stl_vacuum import StlVacuum
from .stv import StvNodeStorageCapacity, StvPartitions, StvSlices
from .svv_table_info import SvvTableInfo
from .svv_user_info import SvvUserInfo
from .sys_connection_log import SysConnectionLog
from .sys_query_detail import SysQueryDetail
from .sys_query_history import FINISHED_STATUSES, SysQueryHistory
from .sys_serverless_usage import SysServerlessUsage
from .sys_vacuum_history import SysVacuumHistory

# The order is the order of reading: users and connections before the queries that refer to them, details after them.
SYSTEM_VIEWS: dict[str, type[SystemView]] = {
    row.view: row
    for row in (
        SvvUserInfo,
        SysConnectionLog,
        SysQueryHistory,
        SysQueryDetail,
        SvvTableInfo,
        StlVacuum,
        SysVacuumHistory,
        StvSlices,
        StvNodeStorageCapacity,
        StvPartitions,
        SysServerlessUsage,
    )
}

__all__ = [
    "FINISHED_STATUSES",
    "SYSTEM_VIEWS",
    "Kind",
    "Presence",
    "StlVacuum",
    "StvNodeStorageCapacity",
    "StvPartitions",
    "StvSlices",
    "SvvTableInfo",
    "SvvUserInfo",
    "SysConnectionLog",
    "SysQueryDetail",
    "SysQueryHistory",
    "SysServerlessUsage",
    "SysVacuumHistory",
    "SystemView",
    "Visibility",
]

"""What `qupersync check` finds out: view by view what a user may see, and the GRANT that would cure what is missing."""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass, field
from typing import Any, Optional

from .clusters import ClusterConfig
from .domain.system_views import SYSTEM_VIEWS, Kind, Presence, SystemView, Visibility
from .errors import QupersyncError, ViewError
from .reader import ClusterReader, ViewAbsentError, ViewDeniedError
from .schema import quote
from .source import VACUUM_VIEWS, Drift, drift_of
from .warehouse import Warehouse, first_line


@dataclass
class ViewCheck:
    """One view in one database. ``state``: all rows, own rows, denied, absent, missing, unused, broken."""

    view: str
    database: Optional[str]
    state: str
    ok: bool
    says: str = ""
    drift: Drift = field(default_factory=Drift)
    cures: list[str] = field(default_factory=list)


@dataclass
class ClusterCheck:
    """One cluster. ``error`` when it could not be connected to: then there are no views."""

    cluster: str
    user: str = ""
    deployment: str = ""
    engine: str = ""
    error: Optional[str] = None
    views: list[ViewCheck] = field(default_factory=list)
    warning: Optional[str] = None  # of the schedule

    @property
    def ok(self) -> bool:
        """Is everything there that the sync needs?"""
        return self.error is None and all(view.ok for view in self.views)

    @property
    def cures(self) -> list[str]:
        """The statements that would cure what is missing, each once."""
        return list(dict.fromkeys(cure for view in self.views for cure in view.cures))

    def to_dict(self) -> dict[str, Any]:
        """For machines."""
        return {**asdict(self), "ok": self.ok, "cures": self.cures}


def check_cluster(config: ClusterConfig) -> ClusterCheck:
    """Look at every view of a cluster, reading next to nothing."""
    found = ClusterCheck(config.name)
    try:
        reader = ClusterReader(config)
    except QupersyncError as error:
        found.error = str(error)
        return found
    try:
        _look(config, reader, found)
    except QupersyncError as error:
        found.error = str(error)
    finally:
        reader.close()
    return found


def _look(config: ClusterConfig, reader: ClusterReader, found: ClusterCheck) -> None:
    found.engine = reader.engine_version()
    found.user = str(reader.ask("select current_user")[0][0])
    columns: dict[str, dict[str, int] | ViewError] = {}
    for name in SYSTEM_VIEWS:
        try:
            columns[name] = reader.columns(name)
        except ViewError as error:
            columns[name] = error
    provisioned = [v.view for v in SYSTEM_VIEWS.values() if v.presence is Presence.PROVISIONED]
    serverless = all(isinstance(columns[view], ViewAbsentError) for view in provisioned)
    found.deployment = "serverless" if serverless else "provisioned"
    sees_all = _sees_all(reader, found.user, columns)
    for view in SYSTEM_VIEWS.values():
        databases: list[Optional[str]] = [None]
        if view.per_database:
            databases = list(config.databases or (config.database,))
        for database in databases:
            answer = columns[view.view]
            if database not in (None, config.database):
                try:
                    answer = reader.columns(view.view, database)
                except QupersyncError as error:
                    answer = error if isinstance(error, ViewError) else ViewError(str(error))
            found.views.append(_judge(view, database, answer, columns, found, sees_all))


def _sees_all(reader: ClusterReader, user: str, columns: dict[str, Any]) -> Optional[bool]:
    """Does the user see other people's rows? None when nothing tells: nobody else ran anything."""
    try:
        rows = reader.ask(
            "select superuser, syslog_access from svv_user_info where user_name = current_user"
            if {"superuser", "syslog_access"} <= set(columns["svv_user_info"])
            else "select null, null where 1 = 0"
        )
        if rows and (rows[0][0] or str(rows[0][1]).strip().upper() == "UNRESTRICTED"):
            return True
    except (ViewError, TypeError):
        pass
    try:
        who = "username" if "username" in columns["sys_query_history"] else "user_id"
        seen = {str(row[0]).strip() for row in reader.ask(f"select distinct {who} from sys_query_history limit 50")}
    except (ViewError, TypeError):
        return None
    seen -= {"None", ""}
    if who == "user_id":
        return True if len(seen) > 1 else None
    return True if seen - {user} else False if seen else None


def _judge(
    view: type[SystemView],
    database: Optional[str],
    answer: dict[str, int] | ViewError,
    columns: dict[str, Any],
    found: ClusterCheck,
    sees_all: Optional[bool],
) -> ViewCheck:
    user, name = quote(found.user), view.view
    first, second = VACUUM_VIEWS
    if isinstance(answer, ViewAbsentError):
        if found.deployment == "serverless" and view.presence is Presence.PROVISIONED:
            return ViewCheck(name, database, "absent", True, "not on Serverless and Multi-AZ")
        if view.presence is Presence.SERVERLESS:
            return ViewCheck(name, database, "absent", True, "on Serverless only")
        if name == second and isinstance(columns[first], dict):
            return ViewCheck(name, database, "unused", True, f"{first} serves")
        return ViewCheck(name, database, "missing", False, "the view should be here, and is not")
    if view.presence is Presence.SERVERLESS and found.deployment == "provisioned":
        return ViewCheck(name, database, "unused", True, "told of Serverless only")
    if isinstance(answer, ViewDeniedError):
        if name == second and isinstance(columns[first], dict):
            return ViewCheck(name, database, "unused", True, f"{first} serves")
        where = f"   -- in database {database}" if view.per_database else ""
        grant = f"grant select on {name} to {user};{where}"
        cures = [grant] if view.per_database else [f"grant role sys:monitor to {user};"]
        return ViewCheck(name, database, "denied", False, f"or, for this view alone: {grant}", cures=cures)
    if isinstance(answer, ViewError):
        return ViewCheck(name, database, "broken", False, first_line(answer))
    drift = drift_of(view, answer)
    says = []
    if drift.required:
        says.append(f"lacks {', '.join(drift.required)}: cannot be read")
    if drift.optional:
        says.append(f"lacks {', '.join(drift.optional)}: NULL")
    if drift.unknown:
        says.append(f"new: {', '.join(drift.unknown)}: not read")
    if name == second and isinstance(columns[first], dict):
        return ViewCheck(name, database, "unused", True, f"{first} serves", drift)
    if drift.required:
        return ViewCheck(name, database, "broken", False, "; ".join(says), drift)
    if view.visibility is Visibility.OWN_ROWS and view.kind is Kind.LOG and sees_all is False:
        says.insert(0, "other users' rows are hidden, without an error")
        cure = f"alter user {user} syslog access unrestricted;"
        return ViewCheck(name, database, "own rows", False, "; ".join(says), drift, [cure])
    if (
        view.visibility is Visibility.METADATA
        and sees_all is False
        and "username" in (columns["sys_query_history"] or ())
    ):
        return ViewCheck(
            name, database, "own rows", True, "; ".join(["the queries carry names themselves", *says]), drift
        )
    if view.visibility is Visibility.OWN_ROWS and sees_all is None:
        says.insert(0, "nobody else's rows to tell by")
    return ViewCheck(name, database, "all rows", True, "; ".join(says), drift)


SCHEDULE_RUNS = 10  # newest syncs that tell how often they come


def check_schedule(warehouse: Warehouse, config: ClusterConfig) -> Optional[str]:
    """A warning when the syncs of a cluster come so rarely that one that fails would lose history; else None."""
    staging = quote(warehouse.staging_schema)
    _, rows = warehouse.fetch(
        f"select distinct synced_at from {staging}.sync_runs where cluster_id = %s and outcome = 'ok' "
        "order by synced_at desc limit %s",
        (config.name, SCHEDULE_RUNS),
    )
    times = [synced_at for (synced_at,) in rows]
    between = sorted(later - earlier for later, earlier in itertools.pairwise(times))
    if not between:
        return None
    usual, days = between[len(between) // 2], config.retention.days
    if 2 * usual <= config.retention:
        return None
    hours = usual.total_seconds() / 3600
    often = f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:.0f} hours"
    lost = "each time some is lost" if usual > config.retention else "one that fails loses some"
    return f"a sync comes every {often} and the views keep {days} days: {lost}. Once a day is the least"


@dataclass
class WarehouseCheck:
    """The warehouse: reachable, writable, how rows get in."""

    target: str
    where: str
    reachable: bool = False
    writable: bool = False
    loads: str = ""
    says: str = ""

    @property
    def ok(self) -> bool:
        """Can a sync be written?"""
        return self.reachable and self.writable

    def to_dict(self) -> dict[str, Any]:
        """For machines."""
        return {**asdict(self), "ok": self.ok}


def check_warehouse(warehouse: Warehouse) -> WarehouseCheck:
    """Connect, and try whether our schemas can be made; nothing is left behind."""
    found = WarehouseCheck(warehouse.target, warehouse.where)
    import psycopg2

    found.loads = (
        "through S3" if warehouse.stages_through_s3
        else "by INSERT: set destination.filesystem (S3) for more than a trial" if warehouse.type == "redshift"
        else "by COPY"
    )  # fmt: skip
    try:
        connection = warehouse.connect()
    except QupersyncError as error:
        found.says = str(error)
        return found
    found.reachable = True
    try:
        with connection.cursor() as cursor:
            for schema in (warehouse.staging_schema, warehouse.schema, warehouse.marts_schema):
                cursor.execute("select 1 from information_schema.schemata where schema_name = %s", (schema,))
                if not cursor.fetchone():
                    cursor.execute(f"create schema {quote(schema)}")
                cursor.execute(f"create table {quote(schema)}.qupersync_check (n integer)")
        found.writable = True
    except psycopg2.Error as error:
        user = quote(str(warehouse.settings.get("user")))
        found.says = (
            f"{first_line(error)}; as an owner: grant create on database {quote(warehouse.database)} to {user};"
        )
    finally:
        connection.rollback()
        connection.close()
    return found

"""The check of a cluster: view by view what its user may see, and the GRANT that is missing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from typing import Any, Optional

from ..config.clusters import ClusterConfig
from ..domain.system_views import SYSTEM_VIEWS, Kind, Presence, SvvUserInfo, SysQueryHistory, SystemView, Visibility
from ..errors import QupersyncError, ViewAbsentError, ViewDeniedError, ViewError, first_line
from ..redshift.availability import Availability, Drift, Skip, drift_of
from ..redshift.client import ClusterReader
from ..sql import quote

_DEPLOYMENTS = {
    Presence.EVERYWHERE: "",
    Presence.PROVISIONED: "provisioned clusters only, not Serverless or Multi-AZ",
    Presence.NEWER_ENGINES: "newer engines only",
    Presence.SERVERLESS: "Serverless only",
}


@dataclass
class ViewCheck:
    """One view in one database. ``state``: all rows, own rows, denied, absent, missing, unused, broken."""

    view: str
    database: Optional[str]
    state: str
    ok: bool
    note: str = ""
    drift: Drift = field(default_factory=Drift)
    fixes: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """The JSON of ``check --json``: its keys are an interface (``says`` is the note, ``cures`` the fixes)."""
        document = asdict(self)
        document["says"], document["cures"] = document.pop("note"), document.pop("fixes")
        return document


@dataclass
class ClusterCheck:
    """One cluster. ``error`` when no connection could be made: then there are no views."""

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
    def fixes(self) -> list[str]:
        """The statements that would grant what is missing, each once."""
        return list(dict.fromkeys(fix for view in self.views for fix in view.fixes))

    def to_dict(self) -> dict[str, Any]:
        """The JSON of ``check --json``: its keys are an interface (``cures`` are the fixes)."""
        views = [view.to_dict() for view in self.views]
        return {**asdict(self), "views": views, "ok": self.ok, "cures": self.fixes}


def check_cluster(config: ClusterConfig) -> ClusterCheck:
    """Look at every view of a cluster, reading next to nothing."""
    found = ClusterCheck(config.name)
    try:
        reader = ClusterReader(config)
    except QupersyncError as error:
        found.error = str(error)
        return found
    try:
        _check_views(config, reader, found)
    except QupersyncError as error:
        found.error = str(error)
    finally:
        reader.close()
    return found


def _check_views(config: ClusterConfig, reader: ClusterReader, found: ClusterCheck) -> None:
    availability = Availability(reader, config.is_serverless)
    found.engine = reader.engine_version()
    found.user = str(reader.ask("select current_user")[0][0])
    found.deployment = availability.deployment
    judge = _Judge(availability, found.user, _sees_all_rows(reader, availability, found.user))
    for view in SYSTEM_VIEWS.values():
        databases = (config.databases or (config.database,)) if view.per_database else (None,)
        for database in databases:
            found.views.append(judge(view, database))


def _columns(availability: Availability, view: type[SystemView]) -> Collection[str]:
    """The columns of a view, none when it cannot be read."""
    answer = availability.answer(view.view)
    return () if isinstance(answer, ViewError) else answer


def _sees_all_rows(reader: ClusterReader, availability: Availability, user: str) -> Optional[bool]:
    """Does the user see other users' rows? None when that cannot be known: no other user ran anything."""
    if {"superuser", "syslog_access"} <= set(_columns(availability, SvvUserInfo)):
        try:
            rows = reader.ask("select superuser, syslog_access from svv_user_info where user_name = current_user")
        except ViewError:
            rows = []
        if rows and (rows[0][0] or str(rows[0][1]).strip().upper() == "UNRESTRICTED"):
            return True
    columns = _columns(availability, SysQueryHistory)
    if not columns:
        return None
    who = "username" if "username" in columns else "user_id"
    try:
        seen = {str(row[0]).strip() for row in reader.ask(f"select distinct {who} from sys_query_history limit 50")}
    except ViewError:
        return None
    seen -= {"None", ""}
    if who == "user_id":
        return True if len(seen) > 1 else None
    return True if seen - {user} else False if seen else None


@dataclass(frozen=True)
class _Judge:
    """What is to be said about a view."""

    availability: Availability
    user: str
    sees_all_rows: Optional[bool]

    def __call__(self, view: type[SystemView], database: Optional[str]) -> ViewCheck:
        answer = self.availability.answer(view.view, database)
        skipped = self._skipped(view, database)
        if skipped is not None:
            return skipped
        if isinstance(answer, ViewAbsentError):
            return ViewCheck(view.view, database, "missing", False, "the view should exist on this cluster")
        if isinstance(answer, ViewDeniedError):
            return self._denied(view, database)
        if isinstance(answer, ViewError):
            return ViewCheck(view.view, database, "broken", False, first_line(answer))
        return self._readable(view, database, drift_of(view, answer))

    def _skipped(self, view: type[SystemView], database: Optional[str]) -> Optional[ViewCheck]:
        """A view that this cluster does not need, by the rules of the sync; None for all others."""
        name, skip = view.view, self.availability.skip(view)
        if skip is Skip.NOT_ON_DEPLOYMENT:
            state = "unused" if self.availability.is_readable(name) else "absent"
            return ViewCheck(name, database, state, True, _DEPLOYMENTS[view.presence])
        if skip is Skip.NOT_ON_MULTI_AZ:
            note = "denied, like every STV view: taken for a Multi-AZ cluster; for a Serverless one set `workgroup`"
            return ViewCheck(name, database, "absent", True, note)
        if skip is Skip.SUPERSEDED:
            answer = self.availability.answer(name, database)
            drift = Drift() if isinstance(answer, ViewError) else drift_of(view, answer)
            return ViewCheck(name, database, "unused", True, f"{view.fallback_for} is read instead", drift)
        return None  # one that its fallback stands in for could record more: its grant is missing all the same

    def _denied(self, view: type[SystemView], database: Optional[str]) -> ViewCheck:
        user = quote(self.user)
        grant = f"grant select on {view.view} to {user};"
        if view.per_database:
            grant += f"   -- in database {database}"
        fix = grant if view.per_database else f"grant role sys:monitor to {user};"
        return ViewCheck(view.view, database, "denied", False, f"or, for this view alone: {grant}", fixes=[fix])

    def _readable(self, view: type[SystemView], database: Optional[str], drift: Drift) -> ViewCheck:
        name, notes = view.view, []
        if drift.required:
            notes.append(f"lacks {', '.join(drift.required)}: cannot be read")
        if drift.optional:
            notes.append(f"lacks {', '.join(drift.optional)}: NULL")
        if drift.unknown:
            notes.append(f"new: {', '.join(drift.unknown)}: not read")
        if drift.required:
            return ViewCheck(name, database, "broken", False, "; ".join(notes), drift)
        if view.visibility is Visibility.OWN_ROWS and view.kind is Kind.LOG and self.sees_all_rows is False:
            notes.insert(0, "other users' rows are hidden, without an error")
            fix = f"alter user {quote(self.user)} syslog access unrestricted;"
            return ViewCheck(name, database, "own rows", False, "; ".join(notes), drift, [fix])
        names_in_queries = "username" in _columns(self.availability, SysQueryHistory)
        if view.visibility is Visibility.METADATA and self.sees_all_rows is False and names_in_queries:
            notes.insert(0, "enough: sys_query_history has the user names")
            return ViewCheck(name, database, "own rows", True, "; ".join(notes), drift)
        if view.visibility is Visibility.OWN_ROWS and self.sees_all_rows is None:
            notes.insert(0, "not verified: no other user's rows to see yet")
        return ViewCheck(name, database, "all rows", True, "; ".join(notes), drift)

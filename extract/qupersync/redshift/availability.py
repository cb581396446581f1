"""Which system views a cluster has and which of them are read: decided here, for `sync` and `check` alike."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import Optional, Protocol

from ..domain.system_views import SYSTEM_VIEWS, Presence, SystemView
from ..errors import ViewAbsentError, ViewDeniedError, ViewError

# An answer about a view: its columns and the OIDs of their types, or why there are none.
Answer = dict[str, int] | ViewError


class Catalog(Protocol):
    """What knows the columns of a cluster's views."""

    def columns(self, view: str, database: Optional[str] = None) -> dict[str, int]:
        """The view's columns now and the OIDs of their types. Errors: ViewAbsentError, ViewDeniedError, ViewError."""


class Skip(Enum):
    """Why a view is not read."""

    NOT_ON_DEPLOYMENT = "provisioned clusters and Serverless have different views"
    NOT_ON_MULTI_AZ = "Multi-AZ clusters deny it to everybody"
    SUPERSEDED = "the view that it is a fallback for can be read"
    FALLBACK_SERVES = "it cannot be read, and its fallback can"


@dataclass(frozen=True)
class Drift:
    """How a view's columns differ from its dataclass: AWS adds columns by patch, older engines lack some."""

    required: tuple[str, ...] = ()  # missing: the view cannot be read
    optional: tuple[str, ...] = ()  # missing: NULL
    unknown: tuple[str, ...] = ()  # there, and not documented when this was written


def drift_of(view: type[SystemView], present: Collection[str]) -> Drift:
    """Compare a view's columns with its dataclass."""
    read = [column for column in view.columns() if not column.derived]
    return Drift(
        required=tuple(c.name for c in read if not c.optional and c.name not in present),
        optional=tuple(c.name for c in read if c.optional and c.name not in present),
        unknown=tuple(sorted(set(present) - {c.name for c in read} - set(view.unread))),
    )


# Every user of a provisioned cluster may read it. On Serverless and Multi-AZ every STL and STV view is denied to
# everybody, not absent: denied here means that there are none, unless one can be read (the tables of a dump, say).
_WITNESS = "stv_slices"


class Availability:
    """What one cluster has. Each view is asked for once.

    ``is_serverless``: the configuration names a Serverless workgroup or its endpoint.
    """

    def __init__(self, catalog: Catalog, is_serverless: bool = False) -> None:
        self._catalog = catalog
        self._is_serverless = is_serverless
        self._answers: dict[tuple[str, Optional[str]], Answer] = {}

    def answer(self, view: str, database: Optional[str] = None) -> Answer:
        """The view's columns and their types, or the error of asking for them."""
        key = (view, database)
        if key not in self._answers:
            try:
                self._answers[key] = self._catalog.columns(view, database)
            except ViewError as error:
                self._answers[key] = error
        return self._answers[key]

    def columns(self, view: str, database: Optional[str] = None) -> dict[str, int]:
        """The view's columns and the OIDs of their types. Errors: ViewError."""
        found = self.answer(view, database)
        if isinstance(found, ViewError):
            raise found
        return found

    def is_readable(self, view: str) -> bool:
        """Can the view be read?"""
        return not isinstance(self.answer(view), ViewError)

    def exists(self, view: str) -> bool:
        """Does the view exist, readable or not?"""
        return not isinstance(self.answer(view), ViewAbsentError)

    @property
    def deployment(self) -> str:
        """`provisioned` where STL and STV views are, else `serverless` (Multi-AZ clusters too).

        A view that failed otherwise (a lost connection) decides nothing: provisioned then, and its error is reported.
        """
        if self._is_serverless:
            return "serverless"
        none_here = isinstance(self.answer(_WITNESS), (ViewAbsentError, ViewDeniedError))
        provisioned = (v.view for v in SYSTEM_VIEWS.values() if v.presence is Presence.PROVISIONED)
        return "serverless" if none_here and not any(map(self.is_readable, provisioned)) else "provisioned"

    def is_denied(self, view: str) -> bool:
        """Does the view exist, and the user may not read it?"""
        return isinstance(self.answer(view), ViewDeniedError)

    @property
    def may_be_multi_az(self) -> bool:
        """No STL and STV, and nothing says that it is Serverless: neither the configuration nor a view of its own."""
        if self._is_serverless or self.deployment != "serverless":
            return False
        return not any(self.is_readable(v.view) for v in SYSTEM_VIEWS.values() if v.presence is Presence.SERVERLESS)

    def skip(self, view: type[SystemView]) -> Optional[Skip]:
        """Why a view is not read on this cluster, or None when it is."""
        deployment = self.deployment
        if view.presence is Presence.PROVISIONED and deployment == "serverless":
            return Skip.NOT_ON_DEPLOYMENT
        if view.presence is Presence.SERVERLESS and (deployment == "provisioned" or not self.exists(view.view)):
            return Skip.NOT_ON_DEPLOYMENT
        if not view.on_multi_az and self.may_be_multi_az and self.is_denied(view.view):
            return Skip.NOT_ON_MULTI_AZ
        if view.presence is Presence.NEWER_ENGINES and not self.exists(view.view):
            return Skip.NOT_ON_DEPLOYMENT
        if view.fallback_for and self.is_readable(view.fallback_for):
            return Skip.SUPERSEDED
        fallback = next((v.view for v in SYSTEM_VIEWS.values() if v.fallback_for == view.view), None)
        if fallback and not self.is_readable(view.view) and self.is_readable(fallback):
            return Skip.FALLBACK_SERVES
        return None

    def outcome(self, view: type[SystemView], skip: Skip) -> str:
        """The word that sync_runs records for a view that is not read."""
        if skip is Skip.SUPERSEDED:
            return "unused"
        return "denied" if skip is Skip.FALLBACK_SERVES and self.exists(view.view) else "absent"

"""What the sync must know of a system view beyond its columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import ClassVar, Optional

from ..staged import StagedRow


class Kind(Enum):
    """How a view is read."""

    LOG = "log"  # rows with a time: read from the watermark on
    SNAPSHOT = "snapshot"  # the state of now: read whole


class Presence(Enum):
    """Where a view exists."""

    EVERYWHERE = "everywhere"
    PROVISIONED = "provisioned"  # STL and STV: not on Serverless, not on Multi-AZ
    NEWER_ENGINES = "newer engines"  # wherever the engine has it
    SERVERLESS = "serverless"  # not on provisioned clusters, Multi-AZ ones among them


class Visibility(Enum):
    """What a user without grants sees."""

    OWN_ROWS = "own rows"  # silently short
    SUPERUSER = "denied"
    METADATA = "own entry"
    ANYONE = "everything"


@dataclass(frozen=True)
class SystemView(StagedRow):
    """Base of the row dataclasses; the class variables describe the view itself."""

    view: ClassVar[str]
    kind: ClassVar[Kind]
    presence: ClassVar[Presence] = Presence.EVERYWHERE
    visibility: ClassVar[Visibility]
    key: ClassVar[tuple[str, ...]]  # never NULL; a row without it is rejected
    unread: ClassVar[tuple[str, ...]] = ()  # documented columns that we do not read; any other one is new
    # LOG: the column that the watermark runs on, and the end of a row that changes until it ends
    time: ClassVar[Optional[str]] = None
    end: ClassVar[Optional[str]] = None
    # LOG: the restatement window: how long after their time rows without an end may change
    restatement: ClassVar[Optional[timedelta]] = None
    # LOG: a row is final when this column has one of these values
    final: ClassVar[Optional[tuple[str, tuple[str, ...]]]] = None
    # AWS: SVV views cannot be used with Multi-AZ; a denial there is an absence, and no GRANT helps
    on_multi_az: ClassVar[bool] = True
    # LOG: the column that identifies a statement over its versions
    id_column: ClassVar[Optional[str]] = None
    # LOG: rows that are not final are followed by their id until they are (needs `final` and `id_column`)
    tracks_in_flight: ClassVar[bool] = False
    # LOG: the view whose statements these rows are details of: read in the same sync only, and again when one has ended
    detail_of: ClassVar[Optional[str]] = None
    # another view that has the same events and knows more of them: this one is read only where that one cannot be
    fallback_for: ClassVar[Optional[str]] = None
    # only rows whose column (trimmed) has this value
    only: ClassVar[Optional[tuple[str, str]]] = None
    per_database: ClassVar[bool] = False  # covers the connected database only
    access: ClassVar[tuple[tuple[str, ...], ...]] = ()  # how models look rows up in staging

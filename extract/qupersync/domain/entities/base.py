"""The base of the four entities."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timezone
from typing import Any, Optional

from ..hints import field_hints


@dataclass
class BaseEntity:
    """What every entity has: the time at which the sync first saw it (naive UTC)."""

    # Keyword-only, so that entities can declare fields without defaults and keep their positional order.
    synced_at: Optional[datetime] = field(default=None, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        """Convert the entity to a dict suitable for database insertion.

        The entity itself is left as it is; a missing ``synced_at`` becomes the current time (naive UTC).
        """
        values = {name: value for name, value in asdict(self).items() if name != "synced_at"}
        values["synced_at"] = (
            datetime.now(timezone.utc).replace(tzinfo=None) if self.synced_at is None else self.synced_at
        )
        return values

    @classmethod
    def field_types(cls) -> dict[str, type]:
        """Field name → Python type, in the order of the specification, ``synced_at`` last.

        ``Optional[X]`` is given as ``X``: use :meth:`nullable_fields` to learn which may be ``None``.
        """
        hints = field_hints(cls)
        names = [f.name for f in fields(cls) if f.name != "synced_at"]
        return {name: hints[name][0] for name in [*names, "synced_at"]}

    @classmethod
    def nullable_fields(cls) -> frozenset[str]:
        """Names of the fields that may be ``None`` (a synchronized row always has its ``synced_at``)."""
        return frozenset(name for name, (_, nullable) in field_hints(cls).items() if nullable and name != "synced_at")

"""The clock of this machine."""

from __future__ import annotations

from datetime import datetime, timezone


def utc_now() -> datetime:
    """Now, naive UTC: how every timestamp is written."""
    return datetime.now(timezone.utc).replace(tzinfo=None)

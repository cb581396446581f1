"""Rows of a query through our protocol client, as Python values."""

from __future__ import annotations

from typing import Any

from qupersync.redshift.arrow import batch_of
from qupersync.redshift.wire import Session


def read(session: Session, query: str) -> list[dict[str, Any]]:
    """All rows of a query."""
    return [row for piece in session.rows(query) for row in batch_of(piece).to_pylist()]

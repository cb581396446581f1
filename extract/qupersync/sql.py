"""Identifiers and literals as SQL that Redshift and PostgreSQL read alike."""

from __future__ import annotations

from datetime import datetime


def quote(identifier: str) -> str:
    """A quoted SQL identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A quoted SQL string. Only for our own words: none has a backslash, which Redshift reads as an escape."""
    return "'" + value.replace("'", "''") + "'"


def timestamp_literal(value: datetime) -> str:
    """A timestamp with microseconds."""
    return f"'{value.isoformat(sep=' ', timespec='microseconds')}'::timestamp"

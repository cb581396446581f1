"""Waiting until a session of a PostgreSQL server waits for a lock."""

from __future__ import annotations

import time

import psycopg2

_WAITING = """
    select count(*) from pg_locks left join pg_class on pg_class.oid = pg_locks.relation
    where not pg_locks.granted and %(relation)s in (pg_class.relname, pg_locks.locktype)
"""


def waits_for(url: str, relation: str, seconds: float = 60) -> None:
    """Return when a session waits for a lock on ``relation``, or of that type ('advisory'). Errors: AssertionError."""
    connection = psycopg2.connect(url)
    connection.autocommit = True
    deadline = time.monotonic() + seconds
    try:
        with connection.cursor() as cursor:
            while time.monotonic() < deadline:
                cursor.execute(_WAITING, {"relation": relation})
                if cursor.fetchone()[0]:
                    return
                time.sleep(0.02)
    finally:
        connection.close()
    raise AssertionError(f"no session waits for {relation}")

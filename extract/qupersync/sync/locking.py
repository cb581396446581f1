"""One sync of a cluster at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import AlreadyRunningError
from ..project import Project
from ..warehouse.base import Warehouse


@contextmanager
def cluster_lock(project: Project, warehouse: Warehouse, cluster: str) -> Iterator[Any]:
    """Hold the right to sync one cluster; yields the connection that holds it. Errors: AlreadyRunningError.

    A file keeps processes of this machine apart, the warehouse's own lock (where it has one) also those of others.
    """
    from filelock import FileLock, Timeout

    connection = warehouse.connect()
    connection.autocommit = True
    project.private_home()
    lock = FileLock(project.home / f"{warehouse.identity}-{cluster}.lock", timeout=0)
    try:
        try:
            lock.acquire()
        except Timeout:
            raise AlreadyRunningError(
                f"cluster {cluster!r} is being synced by another process on this machine"
            ) from None
        if not warehouse.try_cluster_lock(connection, cluster):
            raise AlreadyRunningError(f"cluster {cluster!r} is being synced by another machine")
        yield connection
    finally:
        lock.release()
        connection.close()

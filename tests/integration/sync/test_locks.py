"""One sync of a cluster at a time, on one machine and between machines."""

from __future__ import annotations

import pytest

from qupersync.errors import AlreadyRunningError
from qupersync.project import Project
from qupersync.sync.locking import cluster_lock
from qupersync.sync.pipeline import sync_cluster
from qupersync.warehouse.base import Warehouse
from tests.support.cluster_factories import ClusterFactories


def test_second_sync_of_a_cluster_is_refused(
    project: Project, warehouse: Warehouse, factories: ClusterFactories
) -> None:
    config = factories.make(seed=31).config
    with (
        cluster_lock(project, warehouse, config.name),
        pytest.raises(AlreadyRunningError, match="on this machine"),
    ):
        sync_cluster(project, warehouse, config)
    # from another machine: the lock that counts is the warehouse's
    connection = warehouse.connect()
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(hashtext('qupersync_staging'), hashtext(%s))", (config.name,))
    with pytest.raises(AlreadyRunningError, match="by another machine"):
        sync_cluster(project, warehouse, config)
    assert AlreadyRunningError.exit_code == 3
    connection.close()  # its holder died: nothing blocks
    assert not sync_cluster(project, warehouse, config).failed

"""Emulated Redshift clusters, a fake S3, and a cluster to sync from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from qupersync.demo.cluster import DemoCluster
from qupersync.project import Project
from tests.support.cluster_factories import ClusterFactories
from tests.support.emulated_warehouses import Emulator
from tests.support.emulator.fake_s3 import FakeS3
from tests.support.emulator.postgres96 import UnavailableError
from tests.support.emulator.proxy import Proxy
from tests.support.emulator.upstream import Upstream, start_96, start_current
from tests.support.warehouses import Warehouses


@pytest.fixture(scope="package")
def s3() -> Iterator[FakeS3]:
    """A fake S3."""
    made = FakeS3()
    yield made
    made.close()


def _emulator(warehouses: Warehouses, upstream: Upstream, s3: FakeS3) -> Iterator[Emulator]:
    proxy = Proxy(upstream.port, s3)
    yield Emulator(warehouses, upstream, proxy)
    proxy.close()
    upstream.stop()


@pytest.fixture(scope="package")
def emulator(
    warehouses: Warehouses, project: Project, s3: FakeS3, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Emulator]:
    """Redshift's dialect on the PostgreSQL that the product ships."""
    yield from _emulator(warehouses, start_current(project, tmp_path_factory.mktemp("emulator")), s3)


@pytest.fixture(scope="package")
def emulator_96(warehouses: Warehouses, s3: FakeS3) -> Iterator[Emulator]:
    """Redshift's dialect on PostgreSQL 9.6, with its strict types."""
    try:
        upstream = start_96()
    except UnavailableError as error:
        pytest.skip(str(error))
    yield from _emulator(warehouses, upstream, s3)


@pytest.fixture(scope="package")
def cluster(factories: ClusterFactories) -> DemoCluster:
    """A small cluster to sync from."""
    return factories.make(queries=200, seed=21)

"""A cluster for the faults to hit."""

from __future__ import annotations

import pytest

from qupersync.demo.cluster import DemoCluster
from tests.support.cluster_factories import ClusterFactories


@pytest.fixture(scope="module")
def cluster(factories: ClusterFactories) -> DemoCluster:
    """A cluster like the demo's, with a week of 4,000 queries."""
    return factories.make(queries=4000, seed=31)

"""The warehouse that the report and the findings are tested on."""

from __future__ import annotations

import pytest

from qupersync.project import Project
from qupersync.warehouse.base import Warehouse
from tests.support.cluster_factories import ClusterFactories
from tests.support.report_warehouse import report_warehouse
from tests.support.warehouses import Warehouses


@pytest.fixture(scope="package")
def built(project: Project, warehouses: Warehouses, factories: ClusterFactories) -> Warehouse:
    """A synced and built warehouse with a hostile table name; a test that changes it restores it."""
    return report_warehouse(project, warehouses, factories)

"""A warehouse to start histories from."""

from __future__ import annotations

import pytest

from qupersync.project import Project
from qupersync.warehouse.base import Warehouse
from tests.support.dbt_runs import BUILD, dbt
from tests.support.warehouses import Warehouses


@pytest.fixture(scope="package")
def empty(project: Project, warehouses: Warehouses) -> Warehouse:
    """A built warehouse with no rows but the seed's."""
    made = warehouses.make()
    dbt(made, *BUILD, project=project)
    return made

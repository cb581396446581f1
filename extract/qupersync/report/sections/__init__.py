"""The sections of the report, one question a module, in the order of the page."""

from collections.abc import Callable

from ..marts import Marts
from ..model import Section
from .changes import changes
from .cost import cost
from .dbt_runs import dbt_runs
from .errors import errors
from .findings import findings
from .nodes import nodes
from .patterns import patterns
from .queueing import queueing
from .spill import spill
from .tables import tables
from .vacuum import vacuum
from .workload import workload

SECTIONS: tuple[Callable[[Marts], Section], ...] = (
    findings,
    changes,
    workload,
    spill,
    queueing,
    patterns,
    errors,
    dbt_runs,
    tables,
    vacuum,
    nodes,
    cost,
)

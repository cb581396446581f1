"""The four entities of the specification."""

from .base import BaseEntity
from .node_details import NodeDetails
from .query_history import QueryHistory
from .table_stats import TableStats
from .vacuum_history import VacuumHistory

ENTITIES: dict[str, type[BaseEntity]] = {
    "table_stats": TableStats,
    "query_history": QueryHistory,
    "vacuum_history": VacuumHistory,
    "node_details": NodeDetails,
}

__all__ = ["ENTITIES", "BaseEntity", "NodeDetails", "QueryHistory", "TableStats", "VacuumHistory"]

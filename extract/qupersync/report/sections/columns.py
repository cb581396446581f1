"""Columns that tables of several sections share."""

from ..model import Column

CLUSTER = Column("cluster_id", "cluster")
DATABASE = Column("database_name", "database")
TABLE = (CLUSTER, DATABASE, Column("schema", "schema"), Column("table_name", "table"))
PATTERN = (CLUSTER, Column("query_hash", "pattern", "code"), Column("query_text", "query", "code"))


def number(name: str, title: str) -> Column:
    """A column of numbers."""
    return Column(name, title, "number")

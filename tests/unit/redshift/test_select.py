"""The SELECT over a system view: its columns only, casts only where the wire brings another type."""

from __future__ import annotations

import pytest

from qupersync.domain.system_views import SYSTEM_VIEWS, SystemView
from qupersync.redshift.select import select_query

NUMERIC = 1700  # the OID of a type that is always cast


@pytest.mark.parametrize("view", SYSTEM_VIEWS.values())
def test_view_reads_only_its_columns(view: type[SystemView]) -> None:
    own = [c for c in view.columns() if not c.derived]
    query = select_query(view, dict.fromkeys((c.name for c in own), NUMERIC))
    assert "*" not in query
    assert query.count(' as "') == len(own)
    assert set(view.key) <= {c.name for c in view.columns() if not c.nullable}
    assert all(c.about for c in view.columns())


def test_missing_optional_column_becomes_null() -> None:
    query = select_query(SYSTEM_VIEWS["stl_vacuum"], {"xid": NUMERIC}, where="1 = 1")
    assert '"xid"::bigint as "xid"' in query
    assert 'null::bigint as "is_recluster"' in query
    assert query.endswith("where 1 = 1")


def test_column_of_the_right_type_is_not_cast() -> None:
    types = {"xid": 20, "table_id": 23, "status": 1042, "rows": NUMERIC, "eventtime": 1184, "is_recluster": 25}
    query = select_query(SYSTEM_VIEWS["stl_vacuum"], types)
    assert '\n  "xid",\n  "table_id",\n  "status",\n  "rows"::bigint as "rows",\n' in query
    assert '"eventtime"::timestamp as "eventtime"' in query  # with a time zone
    assert '"is_recluster"::bigint as "is_recluster"' in query  # a text
    whole = select_query(SYSTEM_VIEWS["stl_vacuum"], types, as_text=True)
    assert whole.count("::varchar(65535)") == len([c for c in SYSTEM_VIEWS["stl_vacuum"].columns() if not c.derived])

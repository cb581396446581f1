"""One source of truth: what is generated from the dataclasses, and what is held to them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
import yaml

from qupersync.domain.entities import ENTITIES, BaseEntity
from qupersync.domain.system_views import SYSTEM_VIEWS, SystemView
from qupersync.schema import STAGING_TABLES, dlt_columns, select_query, sources_yaml

ROOT = Path(__file__).resolve().parents[2]
NUMERIC = 1700  # the OID of a type that is cast whatever the column is
SQL_TYPES = {int: "bigint", float: "double precision", bool: "boolean", datetime: "timestamp"}
PROPERTIES = {
    "query_history": {"execution_seconds", "spill_gb"},
    "vacuum_history": {"reclaimable_gb"},
    "node_details": {"storage_utilization_pct", "capacity_gb"},
    "table_stats": set(),
}


def test_the_dbt_sources_are_up_to_date() -> None:
    assert (ROOT / "models/staging/sources.yml").read_text(encoding="utf-8") == sources_yaml()


@pytest.mark.parametrize("name", ENTITIES)
def test_the_model_is_the_dataclass(name: str) -> None:
    entity: type[BaseEntity] = ENTITIES[name]
    models = yaml.safe_load((ROOT / "models/entities/entities.yml").read_text(encoding="utf-8"))["models"]
    columns = {c["name"]: c for m in models if m["name"] == name for c in m["columns"]}
    for field, kind in entity.field_types().items():
        declared = columns[field]
        if kind is str:
            assert declared["data_type"].startswith("varchar("), field
        else:
            assert declared["data_type"] == SQL_TYPES[kind], field
        not_null = {"type": "not_null"} in declared.get("constraints", [])
        assert not_null != (field in entity.nullable_fields()), field
    assert PROPERTIES[name] <= set(columns)
    assert PROPERTIES[name] == {n for n, v in vars(entity).items() if isinstance(v, property)}


@pytest.mark.parametrize("view", SYSTEM_VIEWS.values())
def test_every_view_reads_only_its_columns(view: type[SystemView]) -> None:
    own = [c for c in view.columns() if not c.derived]
    query = select_query(view, dict.fromkeys((c.name for c in own), NUMERIC))
    assert "*" not in query
    assert query.count(' as "') == len(own)
    assert set(view.key) <= {c.name for c in view.columns() if not c.nullable}
    assert all(c.about for c in view.columns())


def test_a_missing_optional_column_becomes_null() -> None:
    query = select_query(SYSTEM_VIEWS["stl_vacuum"], {"xid": NUMERIC}, where="1 = 1")
    assert '"xid"::bigint as "xid"' in query
    assert 'null::bigint as "is_recluster"' in query
    assert query.endswith("where 1 = 1")


def test_a_column_whose_type_is_ours_already_is_not_cast() -> None:
    types = {"xid": 20, "table_id": 23, "status": 1042, "rows": NUMERIC, "eventtime": 1184, "is_recluster": 25}
    query = select_query(SYSTEM_VIEWS["stl_vacuum"], types)
    assert '\n  "xid",\n  "table_id",\n  "status",\n  "rows"::bigint as "rows",\n' in query
    assert '"eventtime"::timestamp as "eventtime"' in query  # with a time zone
    assert '"is_recluster"::bigint as "is_recluster"' in query  # a text
    whole = select_query(SYSTEM_VIEWS["stl_vacuum"], types, as_text=True)
    assert whole.count("::varchar(65535)") == len([c for c in SYSTEM_VIEWS["stl_vacuum"].columns() if not c.derived])


def test_dlt_columns_carry_type_length_and_nullability() -> None:
    columns = dlt_columns(SYSTEM_VIEWS["sys_query_history"])
    assert list(columns)[:3] == ["cluster_id", "sync_id", "synced_at"]
    assert columns["start_time"] | {"description": ""} == {
        "name": "start_time", "data_type": "timestamp", "timezone": False, "precision": 6, "nullable": False,
        "description": "",
    }  # fmt: skip
    assert columns["query_label"]["precision"] == 320
    assert columns["end_time"]["nullable"]
    assert set(STAGING_TABLES) >= {"sync_runs", "clusters", "rejected_rows"}


def _described() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in (ROOT / "models").rglob("*.yml"):
        for kind in ("models", "seeds"):
            for node in yaml.safe_load(path.read_text(encoding="utf-8")).get(kind) or []:
                found[node["name"]] = " ".join(str(node.get("description", "")).split())
    return found


def test_every_model_says_what_a_row_is() -> None:
    described = _described()
    models = {path.stem for path in (ROOT / "models").rglob("*.sql")} | {"node_types"}
    assert models == set(described)
    assert {
        name for name, text in described.items() if "One row per" not in text and "one row per" not in text
    } == set()


def test_every_mart_is_found_by_its_question() -> None:
    marts = {path.stem for path in (ROOT / "models/marts").glob("*.sql")}
    assert {name for name in marts if "?" not in _described()[name]} == set()

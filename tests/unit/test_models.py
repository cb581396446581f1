"""The dbt models and their YAML: held to the entities, every grain, question and column in words, a file a finding."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from qupersync.config.dbt_project import dbt_vars
from qupersync.domain.entities import ENTITIES, BaseEntity
from qupersync.project import Project
from tests.support.uncast_literals import uncast_literals

ROOT = Path(__file__).resolve().parents[2]
SQL_TYPES = {int: "bigint", float: "double precision", bool: "boolean", datetime: "timestamp"}
PROPERTIES = {
    "query_history": {"execution_seconds", "spill_gb"},
    "vacuum_history": {"reclaimable_gb"},
    "node_details": {"storage_utilization_pct", "capacity_gb"},
    "table_stats": set(),
}


def documented() -> dict[str, dict[str, Any]]:
    """The YAML of each model and seed, by name."""
    found: dict[str, dict[str, Any]] = {}
    for path in (ROOT / "models").rglob("*.yml"):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        for node in [*(document.get("models") or []), *(document.get("seeds") or [])]:
            assert node["name"] not in found, f"{node['name']} is described twice"
            found[node["name"]] = node
    return found


def description(node: dict[str, Any]) -> str:
    return " ".join(str(node.get("description", "")).split())


@pytest.mark.parametrize("name", ENTITIES)
def test_model_matches_its_entity(name: str) -> None:
    entity: type[BaseEntity] = ENTITIES[name]
    columns = {c["name"]: c for c in documented()[name]["columns"]}
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


def checks() -> list[str]:
    """The findings: all have the same columns, so their union `findings_now` describes their rows."""
    return list(dbt_vars(Project(ROOT))["findings_checks"])


def test_every_model_describes_one_row() -> None:
    nodes = {name: node for name, node in documented().items() if name not in checks()}
    models = {path.stem for path in (ROOT / "models").rglob("*.sql")} - set(checks())
    assert models | {"node_types", "list_prices"} == set(nodes)
    assert {name for name, node in nodes.items() if "one row per" not in description(node).lower()} == set()


def test_each_finding_is_one_file() -> None:
    files = {path.stem for path in (ROOT / "models/findings").glob("*.sql")}
    assert files - {"findings", "findings_now", "findings_history"} == set(checks())
    assert len(checks()) == len(set(checks()))


def test_every_mart_names_its_question() -> None:
    nodes, marts = documented(), {path.stem for path in (ROOT / "models/marts").rglob("*.sql")}
    assert len(marts) > 10
    assert {name for name in marts if "?" not in description(nodes[name])} == set()


def test_fixtures_in_sql_have_types() -> None:
    """Redshift cannot compare, sort or unite a literal without a cast, in a unit test neither."""
    found: dict[str, list[str]] = {}
    for path in (ROOT / "models").rglob("*.yml"):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        for test in document.get("unit_tests") or []:
            for fixture in (*test["given"], test["expect"]):
                if fixture.get("format") == "sql":
                    found.setdefault(f"{test['name']}: {fixture.get('input', 'expect')}", []).extend(
                        uncast_literals(fixture["rows"])
                    )
    assert len(found) > 10
    assert {name: columns for name, columns in found.items() if columns} == {}


def doc_blocks() -> dict[str, str]:
    """The texts of models/columns.md by name."""
    text = (ROOT / "models/columns.md").read_text(encoding="utf-8")
    return dict(re.findall(r"\{% docs (\w+) %\}(.*?)\{% enddocs %\}", text, re.S))


def test_every_column_is_described() -> None:
    """That the columns are those of the relation is tested on built warehouses (`broken_contracts`)."""
    blocks, used = doc_blocks(), set()
    for name, node in documented().items():
        assert name in checks() or node.get("columns"), f"{name} describes no columns"
        for column in node.get("columns", []):
            written = str(column.get("description", ""))
            named = re.findall(r"doc\('(\w+)'\)", written)
            used.update(named)
            text = re.sub(r"\{\{ doc\('(\w+)'\) \}\}", lambda block: blocks[block[1]], written)
            words = re.findall(r"\w+", text.lower())
            assert set(words) - set(column["name"].split("_")), f"{name}.{column['name']}: {text or 'no description'}"
    assert used == set(blocks)


def test_public_columns_have_types() -> None:
    """The contracts enforce them: see access and contract in dbt_project.yml."""
    public = {path.stem for folder in ("entities", "marts") for path in (ROOT / "models" / folder).rglob("*.sql")}
    public |= {"findings", "findings_now", "findings_history"}
    nodes = documented()
    untyped = [
        f"{name}.{c['name']}" for name in sorted(public) for c in nodes[name]["columns"] if not c.get("data_type")
    ]
    assert untyped == []


def test_exposures_name_what_is_read() -> None:
    """The report and the summary of a run, and the relations that they select from."""
    document = yaml.safe_load((ROOT / "models/marts/exposures.yml").read_text(encoding="utf-8"))
    named = {
        one["name"]: {re.sub(r"ref\('(\w+)'\)", r"\1", ref) for ref in one["depends_on"]}
        for one in document["exposures"]
    }
    package = ROOT / "extract/qupersync"
    sources = {
        "report": (package / "report").rglob("*.py"),
        "status": [package / "cli/findings.py", package / "cli/status.py"],
    }
    for exposure, files in sources.items():
        text = "".join(path.read_text(encoding="utf-8") for path in files)
        assert named.pop(exposure) == set(re.findall(r"\{(?:marts|entities)\}+\.(\w+)", text)), exposure
    assert named == {}

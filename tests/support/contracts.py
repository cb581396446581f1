"""What the project promises of its models, as dbt's manifests have it, and what a built warehouse says to it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import psycopg2

from qupersync.project import Project
from qupersync.warehouse.base import Warehouse

from .dbt_runs import dbt

COLUMNS = """
select attribute.attname, format_type(attribute.atttypid, attribute.atttypmod)
from pg_attribute as attribute
inner join pg_class as relation on attribute.attrelid = relation.oid
inner join pg_namespace as space on relation.relnamespace = space.oid
where space.nspname = %s and relation.relname = %s and attribute.attnum > 0 and not attribute.attisdropped
order by attribute.attnum
"""
NAMES = {"character varying": "varchar", "timestamp(6) without time zone": "timestamp", "timestamp without time zone": "timestamp"}  # fmt: skip


def manifest_of(project: Project, warehouse: Warehouse, name: str = "manifest.json") -> dict[str, Any]:
    """What dbt writes of a project in ``warehouse``: its manifest, or that of its semantic models."""
    path = Path(os.environ["DBT_TARGET_PATH"], warehouse.target, "plain", name)
    if not path.exists():
        dbt(warehouse, "parse", project=project)
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def models_of(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The models by name."""
    return {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}


def _type_of(written: str) -> str:
    for long, short in NAMES.items():
        written = re.sub(rf"^{re.escape(long)}", short, written)
    return written


def broken_contracts(project: Project, warehouse: Warehouse) -> dict[str, Any]:
    """Relations of models whose columns are not those of the YAML: what is declared and what was found."""
    broken = {}
    connection = warehouse.connect()
    try:
        with connection, connection.cursor() as cursor:
            for name, node in models_of(manifest_of(project, warehouse)).items():
                if node["config"]["materialized"] == "ephemeral":
                    continue
                cursor.execute(COLUMNS, (node["schema"], node["alias"]))
                found = [(column, _type_of(written)) for column, written in cursor.fetchall()]
                declared = [
                    (column["name"], column["data_type"] or dict(found).get(column["name"]))
                    for column in node["columns"].values()
                ]
                if declared != found:
                    broken[name] = {"declared": declared, "found": found}
    finally:
        connection.close()
    return broken


def broken_metrics(project: Project, warehouse: Warehouse) -> dict[str, str]:
    """Entities, dimensions and measures of semantic models that the warehouse cannot compute, with its error."""
    semantic, broken = manifest_of(project, warehouse, "semantic_manifest.json"), {}
    connection = warehouse.connect()
    try:
        for model in semantic["semantic_models"]:
            place = model["node_relation"]
            for one in (*model["entities"], *model["dimensions"], *model["measures"]):
                value = one["expr"] or one["name"]
                value = f"sum({value})" if one.get("agg") == "sum" else value
                try:
                    with connection, connection.cursor() as cursor:
                        cursor.execute(f"select {value} from {place['schema_name']}.{place['alias']} limit 1")
                except psycopg2.Error as error:
                    broken[f"{model['name']}.{one['name']}"] = str(error)
    finally:
        connection.close()
    return broken

"""dbt in this process, with deprecations as errors."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pickle
import zlib
from pathlib import Path
from typing import Any, Optional

from qupersync.project import Project
from qupersync.warehouse.base import Warehouse

# A build without tests, and one with data tests. Unit tests are of the models alone: builds/test_builds_agree.py runs them.
BUILD = ("build", "--exclude-resource-type", "test", "unit_test")
BUILD_AND_TEST = ("build", "--exclude-resource-type", "unit_test")

# For each project, shape of a target and vars: the pickled manifest of each database.
_parsed: dict[tuple[Any, ...], dict[str, bytes]] = {}


def dbt(warehouse: Warehouse, *arguments: str, project: Project, expect: Optional[bool] = True) -> list[dict[str, Any]]:
    """Run dbt; the node, status and message of each result.

    Fails the test with dbt's messages when its success is not ``expect`` (None: either).
    """
    # A folder for each target and its vars: dbt's partial parsing works from what it finds there.
    parsed = Path(os.environ["DBT_TARGET_PATH"], warehouse.target, f"{zlib.crc32(repr(arguments).encode()):x}")
    folder = parsed if "--vars" in arguments else parsed.parent / "plain"
    outcome = invoke(warehouse, *arguments, project=project, folder=folder)
    results = [
        {"node": result.node.unique_id, "status": str(result.status), "message": result.message}
        for result in getattr(outcome.result, "results", None) or []
    ]
    bad = [result for result in results if result["status"] not in ("success", "pass", "no-op")]
    if expect:
        assert outcome.success, (outcome.exception, [one for one in bad if one["status"] != "skipped"])
        assert not bad, bad
    elif expect is False:
        assert not outcome.success
        if not results:
            results = [{"node": "", "status": "error", "message": str(outcome.exception)}]
    return results


def invoke(warehouse: Warehouse, *arguments: str, project: Project, folder: Path) -> Any:
    """Run a dbt command, its artifacts in ``folder``; dbt's own result.

    A project is parsed once for all warehouses whose targets differ in their database and login only: to parse it takes
    longer than to build a small warehouse. ``parse`` itself, and projects that install the package, are parsed anew.
    """
    from dbt.cli.main import dbtRunner

    words = [
        "--quiet",
        "--log-level-file",
        "none",
        "--warn-error-options",
        json.dumps({"error": ["Deprecations"]}),
        "--project-dir",
        str(project.root),
        "--target",
        warehouse.target,
        "--target-path",
        str(folder),
    ]
    # dbt logs to whatever stdout was at its first call: keep that away from pytest's capture.
    with contextlib.redirect_stdout(None):
        if arguments[0] == "parse" or (project.root / "dbt_packages").exists():
            return dbtRunner().invoke([*arguments, *words])
        vars_ = arguments[arguments.index("--vars") :][:2] if "--vars" in arguments else ()
        key = (project.root, _changed(project.root), _shape(warehouse), *vars_)
        if key not in _parsed:
            outcome = dbtRunner().invoke(["parse", "--no-write-json", *vars_, *words])
            if not outcome.success:
                return outcome
            _parsed[key] = {warehouse.database: _pickled(outcome.result)}
        # Artifacts take as long to write as a small model to build: `parse` writes the manifest for those who read it.
        return dbtRunner(_of_database(_parsed[key], warehouse.database)).invoke([*arguments, "--no-write-json", *words])


def _changed(root: Path) -> int:
    """When a file that dbt parses was last changed."""
    folders = ("models", "macros", "tests/generic")
    files = [root / "dbt_project.yml", *(file for folder in folders for file in (root / folder).rglob("*"))]
    return max(file.stat().st_mtime_ns for file in files)


def _shape(warehouse: Warehouse) -> str:
    """What parsing sees of a target, its database and login aside."""
    aside = ("dbname", "host", "port", "user", "password", "threads")
    return repr(sorted((name, value) for name, value in warehouse.settings.items() if name not in aside))


def _of_database(parsed: dict[str, bytes], database: str) -> Any:
    """A manifest of a database: a copy, because a run compiles its nodes and would find what the last run made of them."""
    if database not in parsed:
        parsed_in, manifest = next((name, _unpickled(one)) for name, one in parsed.items())
        models = [semantic.node_relation for semantic in manifest.semantic_models.values() if semantic.node_relation]
        for one in (*manifest.nodes.values(), *manifest.sources.values(), *models):
            if one.database == parsed_in:
                one.database = database
            if getattr(one, "relation_name", None):
                one.relation_name = one.relation_name.replace(f'"{parsed_in}"', f'"{database}"', 1)
        manifest.build_flat_graph()
        parsed[database] = _pickled(manifest)
    return _unpickled(parsed[database])


def _pickled(manifest: Any) -> bytes:
    """A manifest without what it looks up, which it builds anew. (Its own way to pickle mixes up its fields.)"""
    fields = [
        field.name for field in dataclasses.fields(manifest) if not field.name.startswith("_") and field.name != "files"
    ]
    return pickle.dumps({name: getattr(manifest, name) for name in fields})


def _unpickled(pickled: bytes) -> Any:
    from dbt.contracts.graph.manifest import Manifest

    return Manifest(**pickle.loads(pickled))

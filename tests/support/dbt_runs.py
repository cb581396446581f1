"""dbt in this process, with deprecations as errors."""

from __future__ import annotations

import contextlib
import json
import os
import zlib
from pathlib import Path
from typing import Any, Optional

from qupersync.project import Project
from qupersync.warehouse.base import Warehouse

# A build without tests, and one with data tests. Unit tests are of the models alone: builds/test_builds_agree.py runs them.
BUILD = ("build", "--exclude-resource-type", "test", "unit_test")
BUILD_AND_TEST = ("build", "--exclude-resource-type", "unit_test")

_parsed: dict[tuple[str, ...], Any] = {}


def dbt(
    warehouse: Warehouse, *arguments: str, project: Project, expect: Optional[bool] = True, parse_once: bool = False
) -> list[dict[str, Any]]:
    """Run dbt; the node, status and message of each result.

    Fails the test with dbt's messages when its success is not ``expect`` (None: either).
    ``parse_once``: a repeated command on the same target uses the parsed project again and compiles anew.
    """
    from dbt.cli.main import dbtRunner

    # A folder for each target and its vars: dbt's partial parsing works from what it finds there.
    parsed = Path(os.environ["DBT_TARGET_PATH"], warehouse.target, f"{zlib.crc32(repr(arguments).encode()):x}")
    command = [
        "--quiet",
        "--warn-error-options",
        json.dumps({"error": ["Deprecations"]}),
        *arguments,
        "--project-dir",
        str(project.root),
        "--target",
        warehouse.target,
        "--target-path",
        str(parsed if "--vars" in arguments else parsed.parent / "plain"),
    ]
    # dbt logs to whatever stdout was at its first call: keep that away from pytest's capture.
    with contextlib.redirect_stdout(None):
        key = (warehouse.target, *arguments) if parse_once else ()
        if parse_once and key not in _parsed:
            vars_ = arguments[arguments.index("--vars") :] if "--vars" in arguments else ()
            _parsed[key] = dbtRunner().invoke(["parse", *vars_, *command[command.index("--project-dir") :]]).result
        outcome = dbtRunner(_parsed.get(key)).invoke([*command, *(["--no-write-json"] if parse_once else [])])
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

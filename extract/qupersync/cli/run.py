"""`qupersync run`: sync, build, prune, and a verdict on the findings: what a scheduler calls."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Optional

from ..errors import AlreadyRunningError, ConfigurationError, QupersyncError, WarehouseError
from ..project import Project
from ..warehouse.open import open_warehouse
from . import build, findings, sync


def run(
    project: Project,
    target: Optional[str],
    names: Optional[list[str]],
    since: Optional[datetime],
    prune_days: Optional[int],
    fail_on: Optional[str],
    fail_on_new: Optional[str] = None,
    arguments: Optional[Sequence[str]] = None,
) -> int:
    """One step after the other; the exit code of the first that failed, or 4 for findings as severe as ``fail_on``, or
    for new ones as severe as ``fail_on_new``.

    ``arguments`` are dbt's. A cluster that could not be synced does not keep the rows of the others from being built;
    3 where nothing is wrong but that another sync of one was running. Errors: QupersyncError.
    """
    try:
        failed = sync.sync(project, target, names, since)
    except (ConfigurationError, WarehouseError, AlreadyRunningError):
        raise
    except QupersyncError as error:
        print(f"error: {error}", file=sys.stderr)
        failed = error.exit_code
    unbuilt = build.build(project, target, arguments)
    code = unbuilt or failed
    if prune_days and not code:
        from .prune import prune

        code = prune(project, target, prune_days)
    # Findings go before a cluster that another sync was reading: a scheduler may take that for a success.
    if not unbuilt and code in (0, AlreadyRunningError.exit_code):
        code = _judge_findings(project, target, fail_on, fail_on_new) or code
    return code


def _judge_findings(project: Project, target: Optional[str], fail_on: Optional[str], fail_on_new: Optional[str]) -> int:
    warehouse = open_warehouse(project, target)
    findings.show_findings(findings.count_findings(warehouse))
    found = findings.read_findings(warehouse)
    if found is None:
        for option, severity in (("--fail-on", fail_on), ("--fail-on-new", fail_on_new)):
            if severity:  # unknown is not the same as no findings
                raise WarehouseError(
                    f"{option} {severity}: {warehouse.where} has no findings in {warehouse.marts_schema}"
                )
        return 0
    findings.show_changes(found)
    failing = (fail_on and findings.at_least(found, fail_on, (findings.NEW, findings.OPEN))) or (
        fail_on_new and findings.at_least(found, fail_on_new, (findings.NEW,))
    )
    return findings.EXIT_CODE if failing else 0

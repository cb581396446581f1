"""How far a process has come that is to be killed: a sync by what it leaves behind, a build by dbt's log."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import psycopg2

from qupersync.project import Project
from qupersync.sync.pipeline import pipeline_name
from qupersync.warehouse.base import Warehouse

STREAMING = "streaming rows"
COMMITTING = "load, all files in, not committed"
STAGES = (
    STREAMING,
    "extracted, rows not committed",
    "normalized, rows not committed",
    "rows committed, load not begun",
    "load, a file under way",
    "load, some files in",
    COMMITTING,
)
OUTSIDE = "before or after all of it"


class SyncProgress:
    """The stage of a sync, by its files on disk (``folder``: of the pipelines) and by the warehouse."""

    def __init__(self, folder: Path, warehouse: Warehouse, cluster: str) -> None:
        self.folder = folder / pipeline_name(cluster)
        self.connection = warehouse.connect()
        self.connection.autocommit = True

    def _ask(self, query: str) -> Any:
        with self.connection.cursor() as cursor:
            try:
                cursor.execute(query)
            except psycopg2.errors.UndefinedTable:
                return None
            return cursor.fetchone()[0]

    def begin(self) -> None:
        """A sync is about to begin."""
        self.before = self._ask("select max(synced_at) from qupersync_staging.sys_query_history")

    def _committed(self) -> bool:
        return bool(self._ask("select max(synced_at) from qupersync_staging.sys_query_history") != self.before)

    def stage(self) -> str:
        """The stage it is at, or was killed at."""
        under_way = self._holds("load/normalized/*/started_jobs/*")
        waiting = self._holds("load/normalized/*/new_jobs/*")
        if self._holds("load/normalized/*/completed_jobs/*"):
            return "load, some files in" if under_way or waiting else COMMITTING
        if under_way:
            return "load, a file under way"
        if waiting:
            return "rows committed, load not begun" if self._committed() else "normalized, rows not committed"
        if self._holds("normalize/extracted/*/*/*") or self._holds("load/new/*/*/*"):
            return "extracted, rows not committed"
        return OUTSIDE

    def _holds(self, pattern: str) -> bool:
        try:
            return any(self.folder.glob(pattern))
        except FileNotFoundError:  # the sync moves on while we look
            return False

    def streaming(self) -> bool:
        """Is a COPY into staging under way?"""
        return bool(
            self._ask(
                "select count(*) from pg_stat_activity where datname = current_database() and query like 'copy %'"
            )
        )


def kill_while_building(command: list[str], project: Project, aim: str, delay: float) -> list[str]:
    """Kill dbt (its log as JSON) ``delay`` seconds after it began the model ``aim``; the models it was building."""
    building = subprocess.Popen(command, cwd=project.root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert building.stdout is not None
    under_way: set[str] = set()

    def follow(line: str) -> None:
        event = json.loads(line) if line.startswith("{") else {}
        model = (event.get("data", {}).get("node_info") or {}).get("node_name")
        if event.get("info", {}).get("name") == "LogStartLine":
            under_way.add(model)
        elif event.get("info", {}).get("name") == "LogModelResult":
            under_way.discard(model)

    for line in building.stdout:
        follow(line)
        if aim in under_way:
            time.sleep(delay)
            break
    building.send_signal(signal.SIGKILL)
    for line in building.stdout:  # what it had logged before the signal
        follow(line)
    building.wait()
    return sorted(under_way) or ["nothing"]

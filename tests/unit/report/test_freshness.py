"""One pair of thresholds says how fresh a cluster is, for `status`, the report and the finding."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from qupersync.project import Project
from qupersync.report.freshness import CRITICAL, FRESH, STALE, Thresholds, freshness_of

THRESHOLDS, NOW = Thresholds(timedelta(hours=26), timedelta(hours=96)), datetime(2026, 5, 5)


@pytest.mark.parametrize(("hours", "level"), [(25, FRESH), (26, FRESH), (26.01, STALE), (96, STALE), (96.01, CRITICAL)])
def test_level_by_age(hours: float, level: str) -> None:
    assert freshness_of("c", NOW - timedelta(hours=hours), THRESHOLDS, NOW).level == level


def test_cluster_without_a_sync_is_stale() -> None:
    assert freshness_of("c", None, THRESHOLDS, NOW).is_stale


def test_thresholds_are_the_vars_of_the_finding() -> None:
    assert Thresholds.of(Project(Path(__file__).resolve().parents[3])) == THRESHOLDS

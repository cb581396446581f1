"""What an increment sends to Redshift: the ledger's transaction, literal bounds, late-binding views, no declared keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import psycopg2
import pytest

from qupersync.clock import utc_now
from qupersync.config.dbt_project import APPLIES_SYNCS, models_with_meta
from qupersync.project import Project
from qupersync.staging.tables import STAGING_TABLES
from qupersync.sync.pipeline import sync_cluster
from qupersync.warehouse.base import Warehouse
from tests.support.cluster_factories import ClusterFactories
from tests.support.correlated_subqueries import correlated_subqueries
from tests.support.dbt_runs import BUILD, dbt
from tests.support.emulated_warehouses import Emulator
from tests.support.literal_bounds import unbounded
from tests.support.warehouses import execute

LEDGER = "absorbed_syncs"
SMALL = frozenset({"stg_clusters"})  # a row per change of a cluster: read whole


@dataclass
class Increment:
    """Two syncs, a first build, an increment after it, and the statements of all of them by session."""

    warehouse: Warehouse
    syncs: dict[int, list[str]] = field(default_factory=dict)
    first: dict[int, list[str]] = field(default_factory=dict)
    second: dict[int, list[str]] = field(default_factory=dict)

    def of_models(self, which: dict[int, list[str]]) -> Iterator[tuple[str, list[str]]]:
        """Each model that applies syncs, and the statements of its session."""
        for statements in which.values():
            names = {
                found[1] for text in statements if (found := re.search(r'"node_id": "model\.qupersync\.(\w+)"', text))
            }
            # dbt may use a session again for another model.
            yield from ((name, statements) for name in names - {LEDGER})


@pytest.fixture(scope="module")
def increment(project: Project, emulator: Emulator, factories: ClusterFactories) -> Increment:
    made, now = Increment(emulator.warehouse("increments")), utc_now()
    cluster = factories.make(queries=200, seed=23)
    config = replace(cluster.config, name="increments")
    for ago, which, words in ((1, made.first, BUILD), (0, made.second, ("run",))):
        cluster.show(now - timedelta(days=ago))
        emulator.proxy.on_statement = lambda session, text: made.syncs.setdefault(session, []).append(text)
        assert not sync_cluster(project, made.warehouse, config, now=now - timedelta(days=ago)).failed
        emulator.proxy.on_statement = lambda session, text, which=which: which.setdefault(session, []).append(text)  # type: ignore[misc]
        dbt(made.warehouse, *words, project=project)
        emulator.proxy.on_statement = lambda session, text: None
    return made


def test_ledger_is_only_added_to_in_the_transaction_of_the_rows(project: Project, increment: Increment) -> None:
    """What a model reads of the ledger it reads before: models that run at once would conflict under SERIALIZABLE."""
    for which in (increment.first, increment.second):
        written = {}
        for name, statements in increment.of_models(which):
            words = [
                " ".join(re.sub(r"/\*.*?\*/|--[^\n]*", " ", text, flags=re.S).split()).lower() for text in statements
            ]
            using = [
                number for number, text in enumerate(words) if LEDGER in text and not text.startswith("select table_")
            ]
            inserts = [
                number for number in using if words[number].startswith("insert into") and f"'{name}'" in words[number]
            ]
            if not inserts:
                continue
            written[name] = True
            rows = max(
                number for number, text in enumerate(words)
                if re.match(rf"(insert into|create table) [^ ]*\"{name}\"", text)
            )  # fmt: skip
            ends = [number for number, text in enumerate(words) if re.match(r"(commit|rollback)\b", text)]
            # Since the last end, not since BEGIN: dbt sends one also inside the transaction that a query has begun.
            begun = max((number for number in ends if number < rows), default=-1)
            committed = min(number for number in ends if number > rows)
            assert [number for number in using if begun < number < committed] == inserts, name
            assert LEDGER not in re.sub(r"^insert into [^ ]+", "", words[inserts[0]]), name
        assert set(written) == set(models_with_meta(project, APPLIES_SYNCS))


def test_ledger_statement_fails_in_a_session_that_did_not_write_the_rows(
    project: Project, increment: Increment
) -> None:
    """dbt-redshift with `retries` repeats a single statement in a new session, where the model's rows are rolled back."""
    tried = 0
    for which in (increment.first, increment.second):
        for name, statements in increment.of_models(which):
            for text in statements:
                bare = re.sub(r"/\*.*?\*/", " ", text, flags=re.S).strip()
                if bare.startswith("insert into") and LEDGER in bare.partition("(")[0] and f"'{name}'" in bare:
                    with pytest.raises(psycopg2.errors.UndefinedTable):
                        execute(increment.warehouse, text)
                    tried += 1
    assert tried == 2 * len(models_with_meta(project, APPLIES_SYNCS))


def test_increments_read_staging_within_literal_bounds(project: Project, increment: Increment, home: Path) -> None:
    folder = home / "target" / increment.warehouse.target / "plain" / "compiled" / "qupersync" / "models"
    found = {}
    for name in models_with_meta(project, APPLIES_SYNCS):
        (file,) = [
            path for path in folder.rglob(f"{name}.sql") if not any(part.endswith(".yml") for part in path.parts)
        ]
        sql = file.read_text(encoding="utf-8")
        assert "synced_at between cast('2" in sql, f"{name}: no increment"
        found[name] = unbounded(sql, "stg_", SMALL) + unbounded(sql, "sync_runs")
    assert {name: reads for name, reads in found.items() if reads} == {}


def test_no_subquery_is_correlated(increment: Increment) -> None:
    sent = [
        text
        for which in (increment.first, increment.second)
        for _, statements in increment.of_models(which)
        for text in statements
        if re.search(
            r"\b(?:delete from|insert into|create table|create or replace view|create temporary table)\b", text
        )
    ]
    assert len(sent) > 60
    found = {text: correlated_subqueries(text) for text in sent}
    assert {text: columns for text, columns in found.items() if columns} == {}


def test_views_do_not_hold_on_to_their_tables(increment: Increment) -> None:
    views = [
        text
        for statements in increment.first.values()
        for text in statements
        if re.search(r"\bcreate (?:or replace )?view\b", text)
    ]
    assert len(views) > 15
    assert [text for text in views if not re.search(r"with no schema binding\W*$", text)] == []


def test_staging_is_sorted_by_the_time_of_sync(increment: Increment) -> None:
    """Literal bounds skip blocks of a sorted table only."""
    sent = "\n".join(text for statements in increment.syncs.values() for text in statements)
    created = dict(re.findall(r'\bcreate\s+table\s[^("]*(?:"\w+"\.)?"(\w+)"\s*\(([^;]*)', sent, re.I))
    assert set(created) >= set(STAGING_TABLES)
    unsorted = [name for name in STAGING_TABLES if not re.search(r'"synced_at"[^,]*\bsortkey\b', created[name], re.I)]
    assert unsorted == []


def test_marts_look_for_changed_periods_once(increment: Increment) -> None:
    """By the new rows, before the statement that aggregates them; an hour is not aggregated with the rest of its day."""
    for mart, unit in (
        ("query_performance_hourly", "hour"),
        ("query_performance_daily", "day"),
        ("query_patterns_daily", "day"),
        ("query_pattern_times_daily", "day"),
        ("executed_hours", "hour"),
        ("executed_hours_by_owner", "hour"),
    ):
        own = [
            text
            for statements in increment.second.values()
            for text in statements
            if f'"node_id": "model.qupersync.{mart}"' in text
        ]
        looks = [text for text in own if "built_at >" in text]
        assert [f"date_trunc('{unit}', start_time)" in text for text in looks] == [True], mart


def test_no_key_is_declared(increment: Increment) -> None:
    """The planner trusts a key that nothing enforces: a uniqueness test could be optimised away."""
    created = [
        text for statements in increment.first.values() for text in statements if re.search(r"\bcreate\s+table\b", text)
    ]
    assert len(created) > 10
    assert [text for text in created if re.search(r"\bprimary\s+key\b|\bunique\b", text, re.I)] == []


def test_builds_are_labelled(project: Project) -> None:
    """By the example's profile: the marts leave out what the label marks."""
    import yaml

    example = yaml.safe_load((project.root / "profiles.example.yml").read_text(encoding="utf-8"))
    redshift = example["qupersync"]["outputs"]["redshift"]
    assert redshift["query_group"] == "qupersync"
    assert redshift["retries"] == 0
    assert redshift["autocommit"] is False
    assert "<> 'qupersync'" in (project.root / "macros/workload/exclude_own_queries.sql").read_text(encoding="utf-8")

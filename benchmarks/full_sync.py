"""A full sync of wide rows beside other tools: `python -m benchmarks.full_sync`.

Same source, same server, in turns; medians as ratios to a bare COPY pipe. Every row and value in the targets is compared
with the source.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from qupersync.domain.system_views import SysQueryHistory
from qupersync.sql import quote

from .bench import Bench, Cost, bench, measured, medians

SOURCE = "bench_source"
VIEW = SysQueryHistory.view
COLUMNS = [column.name for column in SysQueryHistory.columns() if not column.derived]
PEERS = {
    "dlt": [
        "dlt[postgres,sql_database]==1.31.0",
        "pyarrow==25.0.1",
        "connectorx==0.4.6",
        "psycopg2-binary",
        "sqlalchemy>=2,<2.1",  # 2.1 wants another driver for the same address
        "pandas",
    ],
    "ingestr": ["ingestr==0.15.9"],
    "sling": ["sling-linux-amd64==1.4.11"],
}
_DLT = """
import sys, dlt
from dlt.sources.sql_database import sql_table
source, target, backend, folder = sys.argv[1:]
extra = {"backend_kwargs": {"return_type": "arrow_stream"}} if backend == "connectorx" else {}
pipeline = dlt.pipeline("peer", pipelines_dir=folder, destination=dlt.destinations.postgres(target), dataset_name="peer")
pipeline.run(sql_table(source, table="sys_query_history", backend=backend, **extra), write_disposition="append")
"""


@dataclass
class Contender:
    """One way to copy the rows: ``run`` into an empty database, ``table`` is the table it makes."""

    name: str
    run: Callable[[str], Cost]
    table: str
    version: str = ""
    same: bool = True  # must all values equal the source's?
    costs: list[Cost] = field(default_factory=list)
    note: str = ""


def environment_of(peer: str, folder: Path) -> Path | None:
    """An environment of the peer's own; None when it cannot be installed."""
    home = Path(os.environ.get("QUPERSYNC_PEERS", folder)) / peer
    if not (home / "bin" / "python").exists():
        venv.create(home, with_pip=True)
        done = subprocess.run(
            [home / "bin" / "python", "-m", "pip", "install", "--quiet", *PEERS[peer]],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            print(f"{peer} cannot be installed here: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
            return None
    return home / "bin"


def contenders(made: Bench, folder: Path) -> list[Contender]:
    """All that can run here; the first one is the reference of the ratios."""
    url = made.server.url
    names = ", ".join(map(quote, COLUMNS))
    types = made.sql(
        SOURCE,
        f"select string_agg(format('%I %s', column_name, data_type), ', ' order by ordinal_position) from information_schema.columns where table_name = '{VIEW}'",
    )[0][0]

    def pipe(target: str) -> Cost:
        made.sql(target, f"create table landed ({types})")
        out = subprocess.list2cmdline(
            made.psql(SOURCE, "-c", f"copy (select {names} from {VIEW}) to stdout (format binary)")
        )
        into = subprocess.list2cmdline(made.psql(target, "-c", f"copy landed ({names}) from stdin (format binary)"))
        return measured([f"set -o pipefail; {out} | {into}"], made.password, shell=True)

    found = [
        Contender("COPY pipe (the limit)", pipe, "public.landed"),
        Contender("qupersync, query_text=full", lambda t: made.sync(SOURCE, t, query_text="full"), f"qupersync_staging.{VIEW}"),
        Contender("qupersync, query_text=normalized", lambda t: made.sync(SOURCE, t), f"qupersync_staging.{VIEW}", same=False),
    ]  # fmt: skip
    if peer := environment_of("dlt", folder):
        script = folder / "peer.py"
        script.write_text(_DLT, encoding="utf-8")
        for backend in ("sqlalchemy", "pyarrow", "connectorx"):

            def dlt(target: str, backend: str = backend, python: Path = peer / "python") -> Cost:
                work = tempfile.mkdtemp(dir=folder)
                return measured([str(python), str(script), url(SOURCE), url(target), backend, work])

            found.append(Contender(f"dlt sql_database, {backend}", dlt, f"peer.{VIEW}", "1.31.0"))
    if peer := environment_of("ingestr", folder):

        def ingestr(target: str, program: Path = peer / "ingestr") -> Cost:
            return measured(
                [str(program), "ingest", "--yes", "--source-uri", url(SOURCE), "--source-table", f"public.{VIEW}",
                 "--dest-uri", url(target), "--dest-table", f"public.{VIEW}"],
                {"DISABLE_TELEMETRY": "true", "INGESTR_DISABLE_TELEMETRY": "true"},
            )  # fmt: skip

        found.append(Contender("ingestr", ingestr, f"public.{VIEW}", "0.15.9"))
    if peer := environment_of("sling", folder):
        binary = next(peer.parent.rglob("bin/sling-linux-*"))

        def sling(target: str, program: Path = binary) -> Cost:
            described = {"FROM_PG": url(SOURCE) + "?sslmode=disable", "TO_PG": url(target) + "?sslmode=disable"}
            return measured(
                [str(program), "run", "--src-conn", "FROM_PG", "--src-stream", f"public.{VIEW}", "--tgt-conn", "TO_PG",
                 "--tgt-object", f"public.{VIEW}", "--mode", "full-refresh"],
                {**described, "SLING_DISABLE_TELEMETRY": "true", "SLING_HOME_DIR": str(folder / "sling_home")},
            )  # fmt: skip

        found.append(Contender("sling", sling, f"public.{VIEW}", "1.4.11"))
    return found


def fingerprint(
    made: Bench, database: str, relation: str, without: tuple[str, ...] = (), blank: str = ""
) -> tuple[object, ...]:
    """Rows and a sum over a hash of all values, in one format whatever their types; an empty text as ``blank``."""
    kinds = dict(
        made.sql(SOURCE, f"select column_name, data_type from information_schema.columns where table_name = '{VIEW}'")
    )
    values = []
    for name in COLUMNS:
        if name in without:
            continue
        value = quote(name)
        if kinds[name] == "timestamp without time zone":
            value = f"extract(epoch from {value})"
        elif kinds[name] == "boolean":
            value = f"{value}::text::boolean::int"
        elif kinds[name] == "bigint":
            value = f"{value}::numeric::bigint"
        values.append(
            f"coalesce(nullif({value}::text, ''), case when {value} is null then '<null>' else '{blank}' end)"
        )
    made.sql(database, f"alter database {quote(database)} set timezone to 'UTC'")
    row = " || '|' || ".join(values)
    return made.sql(database, f"select count(*), sum(hashtextextended({row}, 0)::numeric) from {relation}")[0]


def measure(rows: int, repetitions: int, only: str = "", skip: str = "") -> list[Contender]:
    """Run all in turns; one that takes ten times as long as the first runs once."""
    with bench() as made, tempfile.TemporaryDirectory() as scratch:
        made.source(SOURCE, rows)
        wanted = fingerprint(made, SOURCE, VIEW)
        # A sync trims the padding of char(n); with query_text = normalized the texts differ from the source's.
        shown = contenders(made, Path(scratch))
        if only:
            shown = [c for i, c in enumerate(shown) if i == 0 or only in c.name]
        if skip:
            shown = [c for c in shown if skip not in c.name]
        for repetition in range(repetitions):
            for contender in shown:
                if contender.note.startswith("failed") or (
                    contender.costs and contender.costs[0].wall > 10 * shown[0].costs[0].wall
                ):
                    continue
                target = made.target("bench_target")
                made.sql("postgres", "checkpoint")
                try:
                    cost = contender.run(target)
                except RuntimeError as error:
                    contender.note = f"failed: {str(error).strip().splitlines()[-1][:120]}"
                    continue
                contender.costs.append(cost)
                print(f"  {repetition + 1} {contender.name}: {cost.wall:.1f} s", file=sys.stderr, flush=True)
                if repetition == 0:
                    without = () if contender.same else ("query_text", "error_message")
                    expected = wanted if contender.same else fingerprint(made, SOURCE, VIEW, without)
                    if fingerprint(made, target, contender.table, without) != expected:
                        contender.note = "values differ from the source's"
                        if "qupersync" in contender.name:
                            raise SystemExit(f"{contender.name}: {contender.note}")
                        blanks = [
                            fingerprint(made, *place, blank="<null>")
                            for place in ((SOURCE, VIEW), (target, contender.table))
                        ]
                        if blanks[0] == blanks[1]:
                            contender.note = "empty texts became NULL, else equal"
        return shown


def table(shown: list[Contender]) -> str:
    """Markdown, as ratios to the first."""
    limit = medians(shown[0].costs)
    lines = [
        "| | wall | × pipe | CPU of the processes | peak memory | values |", "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for one in shown:
        name = f"{one.name} {one.version}".strip()
        if not one.costs:
            lines.append(f"| {name} | | | | | {one.note} |")
            continue
        cost = medians(one.costs)
        values = one.note or ("all equal" if one.same else "all equal but the texts")
        lines.append(
            f"| {name} | {cost.wall:.1f} s | **{cost.wall / limit.wall:.2f}** | {cost.cpu:.1f} s | {cost.peak:.0f} MB | {values} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--repetitions", type=int, default=3)
    options.add_argument("--only", default="", help="the pipe and the contenders with this in their name")
    options.add_argument("--skip", default="", help="the contenders with this in their name")
    chosen = options.parse_args()
    print(f"{chosen.rows:,} rows, medians of {chosen.repetitions} repetitions\n")
    print(table(measure(chosen.rows, chosen.repetitions, chosen.only, chosen.skip)))


if __name__ == "__main__":
    main()

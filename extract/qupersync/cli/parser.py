"""The command line: parses, runs one command, turns every error into one line and an exit code.

Exit codes: 0 done; 1 something failed (it is named); 2 a setting is wrong; 3 another sync of the cluster is running;
4 findings at or above the severity of `run --fail-on`, or new ones at or above that of `--fail-on-new`; 128 and its
number after a signal (130 after Ctrl-C).
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NoReturn, Optional

from .. import __version__
from ..clock import utc_now
from ..config.environment import make_paths_absolute
from ..hints import use_target
from . import stamps
from .failures import exit_code_of, flush_output
from .signals import listen

if TYPE_CHECKING:
    from ..project import Project

MAX_REPORT_DAYS = 366
PRUNE_DAYS = (8, 36500)  # a sync may read younger rows again; beyond there are no dates


def _since(text: str) -> datetime:
    """`2026-01-31`, `2026-01-31T12:00` (UTC) or `3d`."""
    now = utc_now()
    try:
        if text.endswith("d") and text[:-1].isdigit():
            return now - timedelta(days=int(text[:-1]))
        moment = datetime.fromisoformat(text)
        moment = moment.astimezone(timezone.utc).replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r} is neither a date nor a number of days such as 3d") from None
    if moment > now:
        raise argparse.ArgumentTypeError(f"{text!r} is in the future: it is {now:%Y-%m-%d %H:%M} UTC")
    return moment


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return int(text)


def _report_days(text: str) -> int:
    days = _positive(text)
    if days > MAX_REPORT_DAYS:
        raise argparse.ArgumentTypeError(f"{text} is more than {MAX_REPORT_DAYS} days")
    return days


def _prune_days(text: str) -> int:
    days, (least, most) = _positive(text), PRUNE_DAYS
    if not least <= days <= most:
        raise argparse.ArgumentTypeError(
            f"{text}: keep {least} to {most} days, because a sync may read younger rows again"
        )
    return days


def _option(*names: str, **settings: Any) -> argparse.ArgumentParser:
    """An option that several commands share, as a parent of theirs."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(*names, **settings)
    return shared


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="qupersync", description="Copies Amazon Redshift's system views into a warehouse before they expire."
    )
    top.add_argument("--version", action="version", version=f"qupersync {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    target = _option(
        "--target", help="dbt target of the warehouse (default: QUPERSYNC_TARGET, else DBT_TARGET, else the profile's)"
    )
    clusters = _option(
        "--cluster", action="append", metavar="NAME", help="only this cluster (may be repeated; default: all)"
    )
    since = _option(
        "--since", type=_since, metavar="WHEN", help="bound the first sync: a date (UTC) or a number of days such as 3d"
    )
    as_json = _option("--json", action="store_true", help="print JSON")
    yes = _option("--yes", action="store_true", help="do not ask for confirmation")

    commands.add_parser("sync", parents=[target, clusters, since], help="copy new and changed rows into staging")
    vars_ = _option("--vars", metavar="YAML", help="vars for dbt, such as '{test_days: 0}'; win over qupersync.yml")
    dbt = _dbt_options()
    commands.add_parser("build", parents=[target, vars_, dbt], help="dbt build: entities, marts and their tests")
    run = commands.add_parser(
        "run", parents=[target, clusters, since, vars_, dbt], help="sync, then build, then show the findings"
    )
    run.add_argument("--prune-days", type=_prune_days, metavar="N", help="then prune staged rows older than N days")
    _findings_options(run)
    only_new = _option("--new", action="store_true", help="only those that the newest sync brought or resolved")
    commands.add_parser(
        "findings",
        parents=[target, clusters, as_json, only_new],
        help="list what needs attention, with reason and statement",
    )
    report = commands.add_parser(
        "report", parents=[target, clusters], help="write a report of the marts as one HTML file"
    )
    report.add_argument("--days", type=_report_days, default=28, help="days of the charts, at most 366 (default: 28)")
    report.add_argument(
        "-o", "--output", default="qupersync-report.html", metavar="FILE", help="(default: %(default)s)"
    )
    report.add_argument("--open", action="store_true", help="open it in the browser")
    prune = commands.add_parser("prune", parents=[target], help="delete staged rows already applied to the entities")
    prune.add_argument("--days", type=_prune_days, default=30, help="keep the rows of this many days (default: 30)")
    check = commands.add_parser(
        "check",
        parents=[target, clusters, as_json],
        help="check view access and print missing GRANTs; check the warehouse",
    )
    check.add_argument(
        "--explain",
        action="store_true",
        help="instead, let the warehouse EXPLAIN each model and data test as dbt compiles it; nothing is written",
    )
    forget = commands.add_parser("forget", parents=[target, yes], help="delete one cluster's rows everywhere")
    forget.add_argument("--cluster", required=True, metavar="NAME")
    commands.add_parser(
        "status", parents=[target, as_json], help="freshness of each cluster, findings, what the last syncs read"
    )

    init = commands.add_parser("init", help="make a project folder: settings, secrets, a dbt project around our models")
    init.add_argument("folder", nargs="?", default=".", metavar="FOLDER", help="(default: the working directory)")

    commands.add_parser(
        "vars", parents=[vars_], help="print the vars of qupersync.yml as JSON, for dbt started by itself"
    )
    demo = commands.add_parser("demo", help="sync, build and report a made-up cluster")
    demo.add_argument("--queries", type=_positive, default=20_000, help="queries a week on the made-up cluster")
    demo.add_argument("--seed", type=_positive, default=7, help="another seed makes another history")

    warehouse = commands.add_parser(
        "warehouse", help="start, stop and status of the embedded server; psql, backup, restore"
    )
    actions = warehouse.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("start", help="start the embedded PostgreSQL (created on first use)")
    actions.add_parser("stop", help="stop it")
    actions.add_parser("status", help="whether it is running, its address and its log")
    actions.add_parser("url", parents=[target], help="print the warehouse's URL, with its password")
    psql = actions.add_parser("psql", parents=[target], help="psql on the warehouse; further arguments are psql's")
    psql.add_argument("arguments", nargs=argparse.REMAINDER, help="psql's own, such as -c 'select 1'")
    backup = actions.add_parser("backup", parents=[target], help="write the whole warehouse into one file")
    backup.add_argument("file")
    restore = actions.add_parser("restore", parents=[target, yes], help="replace the warehouse by a backup")
    restore.add_argument("file")
    restore.add_argument(
        "--drop-others", action="store_true", help="also drop tables and views of others that a restore cannot spare"
    )

    schema = commands.add_parser("schema", help="write models/staging/sources.yml from the row dataclasses")
    schema.add_argument("--check", action="store_true", help="only compare it (exit 1 when it differs)")
    return top


def _findings_options(run: argparse.ArgumentParser) -> None:
    """For which findings `run` fails."""
    run.add_argument(
        "--fail-on",
        choices=("critical", "warning", "info"),
        help="exit with 4 when there are findings of this severity or worse that are not muted: an alert for any "
        "scheduler",
    )
    run.add_argument(
        "--fail-on-new", choices=("critical", "warning", "info"), help="the same for those that this sync brought"
    )


def _dbt_options() -> argparse.ArgumentParser:
    """What dbt is handed as it stands."""
    options = argparse.ArgumentParser(add_help=False)
    for name in ("--select", "--exclude"):
        options.add_argument(
            name, nargs="+", action="extend", default=[], metavar="NODE", help=f"dbt's {name}, such as table_health+"
        )
    options.add_argument(
        "--full-refresh", action="store_true", help="dbt's --full-refresh: rebuild the marts; histories stay"
    )
    return options


@contextmanager
def _importing() -> Iterator[None]:
    """No garbage collection meanwhile, and never again of what exists afterwards: imported modules stay."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def dbt_arguments(project: Project, given: argparse.Namespace) -> tuple[str, ...]:
    """Arguments for dbt: what the command line was given for it. Errors: ConfigurationError."""
    from ..config.dbt_project import vars_argument

    words = list(vars_argument(project, given.vars))
    for option, nodes in (("--select", given.select), ("--exclude", given.exclude)):
        words += [option, *nodes] if nodes else []
    return (*words, *(["--full-refresh"] if given.full_refresh else []))


def _run(given: argparse.Namespace) -> int:
    command = given.command
    if command == "init":
        from .init import init

        return init(given.folder)
    from ..config.dbt_project import vars_for_dbt
    from ..config.files import check_toml
    from .projects import project_for

    project = project_for(given)
    if command in ("sync", "run", "check", "forget", "prune", "demo"):
        check_toml(project)
    if command == "sync":
        with _importing():
            from .sync import sync

        return sync(project, given.target, given.cluster, given.since)
    if command == "run":
        with _importing():
            from .run import run

        return run(
            project, given.target, given.cluster, given.since, given.prune_days, given.fail_on,
            given.fail_on_new, dbt_arguments(project, given),
        )  # fmt: skip
    if command == "build":
        from .build import build

        return build(project, given.target, dbt_arguments(project, given))
    if command == "vars":
        import json

        print(json.dumps(vars_for_dbt(project, given.vars), default=str))
        return 0
    if command == "prune":
        from .prune import prune

        return prune(project, given.target, given.days)
    if command == "report":
        from .report import report

        return report(project, given.target, given.cluster, given.days, given.output, show=given.open)
    if command == "findings":
        from .findings import findings

        return findings(project, given.target, given.cluster, as_json=given.json, only_new=given.new)
    if command == "status":
        from .status import status

        return status(project, given.target, as_json=given.json)
    if command == "check":
        vars_for_dbt(project)
        if given.explain:
            from .explain import explain

            return explain(project, given.target, as_json=given.json)
        from .check import check

        return check(project, given.target, given.cluster, as_json=given.json)
    if command == "forget":
        from .forget import forget

        return forget(project, given.target, given.cluster, yes=given.yes)
    if command == "demo":
        from .demo import demo

        return demo(project, given.queries, given.seed)
    if command == "schema":
        from .schema import write_sources

        return write_sources(project, check=given.check)
    from .warehouse import warehouse

    return warehouse(project, given)


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    words = list(argv)
    rest: list[str] = []
    if words[:2] == ["warehouse", "psql"]:
        words, rest = _split_psql(words)
    arguments = parser().parse_args(words)
    if rest:
        arguments.arguments = rest
    return arguments


def _execute(arguments: argparse.Namespace) -> int:
    use_target(getattr(arguments, "target", None))
    make_paths_absolute()
    try:
        return _run(arguments)
    except BaseException as error:
        return exit_code_of(error, arguments.command)


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Parse and run one command; returns the exit code."""
    return _execute(_parse(sys.argv[1:] if argv is None else argv))


def program() -> NoReturn:
    """The console script: exits at once, without tearing down a million imported objects."""
    try:
        listen()
        arguments = _parse(sys.argv[1:])
        if stamps.wants_stamps(arguments.command):  # not before: help and errors of usage are no log
            stamps.stamp_output()
        code = _execute(arguments)
    except (SystemExit, KeyboardInterrupt) as error:  # of argparse; between the lines above
        code = error.code if isinstance(error, SystemExit) and isinstance(error.code, int) else exit_code_of(error)
    os._exit(flush_output(code))


def _split_psql(words: list[str]) -> tuple[list[str], list[str]]:
    """Our own words of `warehouse psql`, and those that are psql's, whatever they look like."""
    ours, rest = words[:2], words[2:]
    if rest[:1] == ["--target"] and len(rest) > 1:
        ours, rest = [*ours, *rest[:2]], rest[2:]
    elif rest and rest[0].startswith("--target="):
        ours, rest = [*ours, rest[0]], rest[1:]
    if rest[:1] in (["-h"], ["--help"]):
        return [*ours, *rest], []
    return ours, rest

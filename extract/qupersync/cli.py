"""The command line: parses, runs one command, turns every error of ours into one line and an exit code.

Exit codes: 0 done; 1 something failed (it is named); 2 a setting is wrong; 3 another sync of the cluster is running;
4 findings that `run --fail-on` was asked to tell of.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, NoReturn, Optional

from . import __version__
from .errors import AlreadyRunningError, ConfigurationError, QupersyncError, WarehouseError

if TYPE_CHECKING:
    from .project import Project


def _since(text: str) -> datetime:
    """`2026-01-31`, `2026-01-31T12:00` (UTC) or `3d`."""
    try:
        if text.endswith("d") and text[:-1].isdigit():
            return datetime.now(timezone.utc).replace(tzinfo=None) - timedelta(days=int(text[:-1]))
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a date nor a number of days such as 3d") from None
    return moment.astimezone(timezone.utc).replace(tzinfo=None) if moment.tzinfo else moment


LONGEST_REPORT = 366  # days


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return int(text)


def _days(text: str) -> int:
    days = _positive(text)
    if days > LONGEST_REPORT:
        raise argparse.ArgumentTypeError(f"{text} is more than {LONGEST_REPORT} days")
    return days


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(prog="qupersync", description="Keeps what Amazon Redshift forgets after seven days.")
    top.add_argument("--version", action="version", version=f"qupersync {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    target = argparse.ArgumentParser(add_help=False)
    target.add_argument("--target", help="dbt target of the warehouse (default: the profile's)")
    clusters = argparse.ArgumentParser(add_help=False)
    clusters.add_argument(
        "--cluster",
        action="append",
        metavar="NAME",
        help="only this cluster (may be repeated; default: all configured)",
    )
    clusters.add_argument(
        "--since", type=_since, metavar="WHEN", help="bound the first sync: a date (UTC) or a number of days such as 3d"
    )

    commands.add_parser("sync", parents=[target, clusters], help="copy what is new on the clusters into staging")
    commands.add_parser("build", parents=[target], help="dbt build: entities, marts and their tests")
    run = commands.add_parser("run", parents=[target, clusters], help="sync, then build")
    run.add_argument("--prune-days", type=_positive, metavar="N", help="then prune staging rows older than N days")
    run.add_argument(
        "--fail-on",
        choices=("critical", "warning", "info"),
        help="exit with 4 when there are findings of this severity or worse: an alert for any scheduler",
    )
    report = commands.add_parser("report", parents=[target], help="write what the marts say as one HTML file")
    report.add_argument("--cluster", action="append", metavar="NAME", help="only this cluster (may be repeated)")
    report.add_argument("--days", type=_days, default=28, help="days that the charts show, at most 366 (default: 28)")
    report.add_argument(
        "-o", "--output", default="qupersync-report.html", metavar="FILE", help="(default: %(default)s)"
    )
    report.add_argument("--open", action="store_true", help="show it in the browser")
    prune = commands.add_parser("prune", parents=[target], help="remove staging rows that the entities have taken up")
    prune.add_argument("--days", type=_positive, default=30, help="keep the rows of this many days (default: 30)")
    check = commands.add_parser(
        "check", parents=[target], help="what each cluster lets us see, and the cure of the rest"
    )
    check.add_argument("--cluster", action="append", metavar="NAME", help="only this cluster (may be repeated)")
    check.add_argument("--json", action="store_true", help="for machines")
    forget = commands.add_parser("forget", parents=[target], help="remove one cluster's rows everywhere")
    forget.add_argument("--cluster", required=True, metavar="NAME")
    forget.add_argument("--yes", action="store_true", help="do not ask")
    status = commands.add_parser("status", parents=[target], help="how fresh it is, what the last syncs read")
    status.add_argument("--json", action="store_true", help="for machines")

    demo = commands.add_parser("demo", help="everything, on a made-up cluster")
    demo.add_argument("--queries", type=_positive, default=20_000, help="queries a week on the made-up cluster")
    demo.add_argument("--seed", type=_positive, default=7, help="another seed, another history")

    warehouse = commands.add_parser(
        "warehouse", help="the warehouse; start, stop and status are of the embedded server"
    )
    actions = warehouse.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("start", help="start the embedded PostgreSQL (made on first use)")
    actions.add_parser("stop", help="stop it")
    actions.add_parser("status", help="does it run, and where")
    actions.add_parser("url", parents=[target], help="print the warehouse's URL, with its password")
    psql = actions.add_parser("psql", parents=[target], help="psql on the warehouse; further arguments are psql's")
    psql.add_argument("arguments", nargs=argparse.REMAINDER, help="psql's own, such as -c 'select 1'")
    backup = actions.add_parser("backup", parents=[target], help="write the whole warehouse into one file")
    backup.add_argument("file")
    restore = actions.add_parser("restore", parents=[target], help="replace the warehouse by a backup")
    restore.add_argument("file")
    restore.add_argument("--yes", action="store_true", help="do not ask")

    schema = commands.add_parser("schema", help="write models/staging/sources.yml from the row dataclasses")
    schema.add_argument("--check", action="store_true", help="only say whether it is up to date (exit 1 if not)")
    return top


def _run(arguments: argparse.Namespace) -> int:
    from .project import Project

    project = Project.find()
    command = arguments.command
    if command in ("sync", "run"):
        gc.disable()  # what is imported stays: there is nothing to collect
        from .commands.sync import sync

        gc.freeze()
        gc.enable()
        try:
            failed = sync(project, arguments.target, arguments.cluster, arguments.since)
        except (ConfigurationError, WarehouseError, AlreadyRunningError):
            raise
        except QupersyncError as error:
            if command == "sync":
                raise
            # What the other clusters gave is built all the same.
            print(f"error: {error}", file=sys.stderr)
            failed = error.exit_code
        if command == "sync":
            return min(failed, 1)
        from .commands.build import build

        code = max(failed, build(project, arguments.target))
        if arguments.prune_days and not code:
            from .commands.prune import prune

            code = prune(project, arguments.target, arguments.prune_days)
        return code or _judge_findings(project, arguments)
    if command == "prune":
        from .commands.prune import prune

        return prune(project, arguments.target, arguments.days)
    if command == "build":
        from .commands.build import build

        return build(project, arguments.target)
    if command == "report":
        from .commands.report import report

        return report(
            project, arguments.target, arguments.cluster, arguments.days, arguments.output, show=arguments.open
        )
    if command == "status":
        from .commands.status import status

        return status(project, arguments.target, as_json=arguments.json)
    if command == "check":
        from .commands.check import check

        return check(project, arguments.target, arguments.cluster, as_json=arguments.json)
    if command == "forget":
        from .commands.forget import forget

        return forget(project, arguments.target, arguments.cluster, yes=arguments.yes)
    if command == "demo":
        from .commands.demo import demo

        return demo(project, arguments.queries, arguments.seed)
    if command == "schema":
        from .commands.schema import write_sources

        return write_sources(project, check=arguments.check)
    from .commands.warehouse import warehouse

    return warehouse(project, arguments)


def _judge_findings(project: Project, arguments: argparse.Namespace) -> int:
    """Show the findings after a run that went well; the exit code that was asked for."""
    from .commands.findings import EXIT_CODE, beyond, count_findings, show_findings
    from .warehouse import open_warehouse

    counted = count_findings(open_warehouse(project, arguments.target))
    show_findings(counted)
    return EXIT_CODE if arguments.fail_on and beyond(counted, arguments.fail_on) else 0


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Entry point of the console script; returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    rest: list[str] = []
    if words[:2] == ["warehouse", "psql"]:
        # What is not ours is psql's, whatever it looks like.
        words, rest = _split_psql(words)
    arguments = parser().parse_args(words)
    if rest:
        arguments.arguments = rest
    try:
        return _run(arguments)
    except QupersyncError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("interrupted: the next sync takes up where this one was", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def program() -> NoReturn:
    """What runs as a process of its own: ends at once, without taking a million imported objects apart."""
    code = main()
    with suppress(BrokenPipeError):
        sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _split_psql(words: list[str]) -> tuple[list[str], list[str]]:
    ours, rest = words[:2], words[2:]
    if rest[:1] == ["--target"] and len(rest) > 1:
        ours, rest = [*ours, *rest[:2]], rest[2:]
    elif rest and rest[0].startswith("--target="):
        ours, rest = [*ours, rest[0]], rest[1:]
    if rest[:1] in (["-h"], ["--help"]):
        return [*ours, *rest], []
    return ours, rest


if __name__ == "__main__":
    program()

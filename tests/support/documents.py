"""What readers of the documents copy: fenced blocks and commands in running text, each with the check of its kind.

``python -m tests.support.documents`` lists them all.
"""

from __future__ import annotations

import ast
import configparser
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    *(file for file in sorted(ROOT.glob("*.md")) if file.name != "CHANGELOG.md"),  # of the past
    *sorted((ROOT / "docs").glob("*.md")),
]
_BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>\S*)\n(?P<text>.*?)^(?P=indent)```$", re.S | re.M)
_PROGRAM = r"(?:\.venv/bin/)?(?:qupersync|dbt|dlt|pip|pytest|pre-commit)|make|python3? -m"
_INLINE = re.compile(rf"(?<!`)`(?P<command>(?:{_PROGRAM})(?: [^`\n]+)?)`(?!`)")
_PLACEHOLDER = re.compile(r"[…<]|\{\{")  # a command with one is checked as far as its words are known


@dataclass(frozen=True)
class Snippet:
    """A fenced block (``language`` is that of its fence) or a command in running text (``inline``)."""

    document: str  # relative to the repository
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line} {self.language or 'without a language'}"


def snippets() -> list[Snippet]:
    """All of them, in the order of the documents."""
    found = []
    for document in DOCUMENTS:
        text, name = document.read_text(encoding="utf-8"), str(document.relative_to(ROOT))

        def line(position: int, text: str = text) -> int:
            return text.count("\n", 0, position) + 1

        for match in _BLOCK.finditer(text):
            body = re.sub(rf"^{match['indent']}", "", match["text"], flags=re.M)
            found.append(Snippet(name, line(match.start()), match["language"], body))
        outside = _BLOCK.sub(lambda match: "\n" * match[0].count("\n"), text)
        for match in _INLINE.finditer(outside):
            found.append(Snippet(name, line(match.start(), outside), "inline", match["command"]))
    return found


def of(document: str, language: str) -> list[str]:
    """The blocks of a document in a language."""
    return [one.text for one in snippets() if (one.document, one.language) == (document, language)]


def commands(shell: str) -> Iterator[list[str]]:
    """The words of each command of a shell block, without comments, variables that are set, and redirections."""
    for line in shell.replace("\\\n", " ").splitlines():
        for part in re.split(r" && | \|\| |; ", re.sub(r"(^| )#.*", "", line)):
            words = shlex.split(re.sub(r" *[0-9]?>>?&? *\S+", "", part), comments=True)
            while words and re.fullmatch(r"[A-Z_0-9]+=.*", words[0]):
                words.pop(0)
            if words:
                yield words


def check_command(words: list[str]) -> None:
    """A command exists and its words are ones that it takes. Errors: AssertionError, SystemExit."""
    program, rest = words[0].rpartition("/")[2], words[1:]
    if any(_PLACEHOLDER.search(word) for word in rest) and program in ("qupersync", "git"):
        rest = [_PLACEHOLDER.sub("x", word) for word in rest]
    checks: dict[str, Callable[[list[str]], object]] = {
        "qupersync": _qupersync, "dbt": _dbt, "make": _make, "pytest": _pytest, "python": _module, "python3": _module,
        "pip": _pip, "pip3": _pip, "git": _git, "cd": lambda _: None, "mkdir": lambda _: None, "dlt": _dlt,
        "cp": _cp, "pre-commit": lambda rest: _is(rest[:1] == ["install"]), "echo": lambda _: None,
        "mf": lambda rest: _is(rest[0] in ("query", "validate-configs")),  # its words are in test_metrics_are_listed
        "kubectl": lambda rest: _is(bool(rest)), "systemctl": lambda rest: _is(bool(rest)), "sudo": check_command,
    }  # fmt: skip
    assert program in checks, f"no check for the program {program!r}"
    checks[program](rest)


def _is(true: bool) -> None:
    assert true


def _qupersync(rest: list[str]) -> None:
    """Parses; `[…]` encloses what may be left out, ` / ` separates alternatives."""
    from qupersync.cli.parser import parser

    if rest in ([], ["--help"], ["--version"]):
        return
    if rest[:2] == ["warehouse", "psql"]:
        from qupersync.cli.parser import _split_psql

        rest = _split_psql(rest)[0]
    words = ["2" if word == "N" else word for word in (word.strip("[]") for word in rest)]
    if "/" in words:
        at = words.index("/")
        before, actions = words[: at - 1], " ".join(words[at - 1 :]).split(" / ")
        for action in actions:
            parser().parse_args([*before, *action.split()])
        return
    parser().parse_args(words)


def _dbt(rest: list[str]) -> None:
    from dbt.cli.main import cli

    if rest:
        command = cli.commands[rest[0]]
        command.make_parser(command.context_class(command)).parse_args(list(rest[1:]))


def _make(rest: list[str]) -> None:
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    for word in rest:
        assert word in targets or re.fullmatch(r"(ARGS|PYTHON)=.*", word), f"make has no target {word!r}"
        if word.startswith("ARGS=") and rest[0] == "demo":
            _qupersync(["demo", *shlex.split(word.removeprefix("ARGS="))])
        elif word.startswith("ARGS="):
            _pytest(shlex.split(word.removeprefix("ARGS=")))


def _pytest(rest: list[str]) -> None:
    for word in rest:
        if word.startswith("tests/"):
            assert (ROOT / word.partition("::")[0]).exists(), word


def _module(rest: list[str]) -> None:
    if rest[0] == "-m" and rest[1] in ("venv", "pip", "build", "qupersync"):
        return
    assert rest[0] == "-m" and (ROOT / rest[1].replace(".", "/")).with_suffix(".py").exists(), rest


def _pip(rest: list[str]) -> None:
    assert rest[:1] == ["install"], rest
    extras = re.findall(r"\[(\w+)\]", " ".join(rest))
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert all(re.search(rf"^{extra} = \[", text, re.M) for extra in extras), extras


def _git(rest: list[str]) -> None:
    assert rest[0] in ("clone", "tag", "push", "switch", "pull", "clean", "fetch"), rest


def _dlt(rest: list[str]) -> None:
    assert rest[0] == "pipeline", rest


def _cp(rest: list[str]) -> None:
    assert (ROOT / rest[0]).exists(), rest[0]


def check_shell(text: str) -> None:
    """Every command of a shell block."""
    for words in commands(text):
        check_command(words)


def check_sql(text: str) -> None:
    """It parses as Redshift's SQL. What it does is tested where SQL_CHECKS says."""
    from .redshift_grammar import unparsable

    # The grammar does not know the colon of Redshift's own roles.
    assert not unparsable(re.sub(r"'…'", "'x'", text).replace("role sys:", "role sys_"))


def check_toml(text: str) -> None:
    """It is TOML, and its tables are settings that QuperSync or dlt knows."""
    from dataclasses import fields

    from qupersync.config.clusters import ClusterConfig

    try:
        import tomllib
    except ImportError:  # Python 3.10
        import tomlkit as tomllib  # type: ignore[no-redef]
    settings = tomllib.loads(text)
    known = {field.name for field in fields(ClusterConfig)} | {"profile", "database"}
    for cluster in settings.get("sources", {}).get("redshift", {}).values():
        if isinstance(cluster, dict):
            assert set(cluster) <= known, set(cluster) - known
    assert set(settings) <= {"sources", "destination", "runtime"}, set(settings)


def check_yaml(text: str) -> None:
    """It is YAML; the commands of a workflow or a container are ones that exist."""
    import yaml

    document = yaml.safe_load(text)
    assert document
    for command in _commands_of(document):
        if isinstance(command, str):
            check_shell(command)
        else:
            check_command(command)


def _commands_of(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("run", "command") and isinstance(value, (str, list)):
                yield value
            else:
                yield from _commands_of(value)
    elif isinstance(node, list):
        for item in node:
            yield from _commands_of(item)


def check_ini(text: str) -> None:
    """It is a systemd unit whose command exists (`systemd-analyze verify` has a test of its own)."""
    unit = configparser.RawConfigParser(strict=False, comment_prefixes=("#",))
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(text)
    assert unit.has_section("Unit")
    if unit.has_section("Service"):
        check_shell(unit["Service"]["ExecStart"])


def check_cron(text: str) -> None:
    """Each line is five fields and commands that exist (they are run by a test of their own)."""
    for line in text.splitlines():
        *fields, command = line.split(None, 5)
        assert len(fields) == 5 and all(re.fullmatch(r"[\d*/,-]+", field) for field in fields), line
        check_shell(command)


def check_python(text: str) -> None:
    """It is Python; its commands exist. `make soak` imports it with the scheduler that it is for."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.keyword) and node.arg == "bash_command":
            check_shell(ast.literal_eval(node.value))
        if isinstance(node, ast.List) and node.elts and "qupersync" in ast.unparse(node.elts[0]):
            check_command(["qupersync", *(ast.literal_eval(word) for word in node.elts[1:])])


def check_mermaid(text: str) -> None:
    """A diagram of a known kind; in a sequence, messages are between participants that it declares."""
    kind = text.split(None, 1)[0]
    assert kind in ("flowchart", "sequenceDiagram"), kind
    if kind == "sequenceDiagram":
        declared = set(re.findall(r"^ *participant (\w+)", text, re.M))
        used = {name for pair in re.findall(r"^ *(\w+)-?->>(\w+):", text, re.M) for name in pair}
        assert used and used <= declared, used - declared


def check_text(text: str) -> None:
    """Output, a formula or a list of folders: the folders exist."""
    for line in text.splitlines():
        for path in re.findall(r"^((?:models|macros|tests|docs|extract)/[\w/]*)", line):
            assert (ROOT / path).exists(), path


def check_jinja(text: str) -> None:
    """Jinja that parses, with the extension that dbt uses."""
    from jinja2 import Environment

    Environment(extensions=["jinja2.ext.do"]).parse(text)


CHECKS: dict[str, Callable[[str], None]] = {
    "sh": check_shell, "inline": check_shell, "sql": check_sql, "toml": check_toml, "yaml": check_yaml,
    "ini": check_ini, "cron": check_cron, "python": check_python, "mermaid": check_mermaid, "text": check_text,
    "jinja": check_jinja,
}  # fmt: skip


@lru_cache(maxsize=1)
def listed() -> str:
    """A line a snippet: where it is and how it is checked."""
    return "\n".join(f"{one}: {(CHECKS[one.language].__doc__ or '').splitlines()[0]}" for one in snippets())


if __name__ == "__main__":
    print(listed())

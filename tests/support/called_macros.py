"""The macros of the dbt project, called without dbt and a database: what they return, send and warn of."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2

MACROS = Path(__file__).resolve().parents[2] / "macros"


class RefusedError(Exception):
    """What a macro raised as a compiler error."""


class _ReturnError(Exception):
    """Jinja has no `return`; dbt's unwinds the macro too."""


@dataclass
class Relation:
    """As much of dbt's relation as the macros read."""

    schema: str
    identifier: str
    type: str = "view"

    @property
    def is_view(self) -> bool:
        return self.type == "view"

    def incorporate(self, path: dict[str, str]) -> Relation:
        return Relation(self.schema, path["identifier"], self.type)

    def include(self, database: bool) -> Relation:
        return self

    def __str__(self) -> str:
        return f'"{self.schema}"."{self.identifier}"'


@dataclass
class Macros:
    """All macros but the materialization, for ``adapter``. ``answers``: rows by a word of the statement that asks for them."""

    adapter: str
    answers: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._environment = jinja2.Environment(extensions=["jinja2.ext.do"], undefined=jinja2.StrictUndefined)
        self._environment.filters["tojson"] = json.dumps
        self._own: dict[str, Callable[..., Any]] = {}
        self._environment.globals.update(self._of_dbt())
        for file in MACROS.rglob("*.sql"):
            text = file.read_text(encoding="utf-8")
            if "{%- materialization" not in text:
                template = self._environment.from_string(text)
                for name in re.findall(r"\{%-? macro (\w+)", text):
                    self._own[name] = self._caller(template, name)
        self._environment.globals.update(self._own)
        self._environment.globals["qupersync"] = SimpleNamespace(**self._own)
        self._environment.globals.update(self.context)

    def __call__(self, macro: str, *arguments: Any) -> Any:
        return self._own[macro](*arguments)

    def _caller(self, template: jinja2.Template, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            try:
                return getattr(template.module, name)(*arguments, **named)
            except _ReturnError as returned:
                return returned.args[0]

        return call

    def _of_dbt(self) -> dict[str, Any]:
        loaded: dict[str, Any] = {}

        def run_query(statement: str) -> Any:
            self.sent.append(" ".join(str(statement).split()))
            rows = next((rows for word, rows in self.answers.items() if word in statement), [])
            columns = [SimpleNamespace(values=lambda column=column: column) for column in zip(*rows)]
            return SimpleNamespace(rows=rows, columns=columns or [SimpleNamespace(values=list)])

        def statement(name: str, fetch_result: bool = False, *, caller: Callable[[], str]) -> str:
            loaded[name] = {"data": run_query(caller()).rows}
            return ""

        def returning(value: Any) -> None:
            raise _ReturnError(value)

        def refuse(message: str) -> None:
            raise RefusedError(message)

        adapter = SimpleNamespace(
            dispatch=lambda macro, _: self._own.get(f"{self.adapter}__{macro}") or self._own[f"default__{macro}"],
            get_relation=lambda _, schema, name: Relation(schema, name),
            check_schema_exists=lambda _, schema: True,
            rename_relation=lambda old, new: self.sent.append(f"rename {old} to {new}"),
            cache_dropped=lambda relation: None,
            quote='"{}"'.format,
        )
        return {
            "adapter": adapter,
            "exceptions": SimpleNamespace(warn=self.warned.append, raise_compiler_error=refuse),
            "execute": True,
            "flags": SimpleNamespace(WHICH="build"),
            "graph": SimpleNamespace(nodes={}, sources={}),
            "load_result": loaded.__getitem__,
            "modules": SimpleNamespace(re=re),
            "return": returning,
            "run_query": run_query,
            "selected_resources": [],
            "statement": statement,
            "target": SimpleNamespace(name="it", type=self.adapter, user="builder", database="dev"),
        }

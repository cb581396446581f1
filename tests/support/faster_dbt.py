"""What dbt, its adapters and their drivers do again and again for the same answer, done once. Nothing here changes a build.

- ``redshift_connector`` asks for the whole stack at each connection, with the source lines of every frame, to learn the
  name of one module; under pytest the stack is deep.
- ``dbt-redshift`` tokenizes each statement to count those in it, and most of what it sends are the same queries of the
  catalog.
- dbt compiles the Jinja of a model in each run, and makes a message of each event, also of those that nobody hears.
- dbt makes an object of each of some 700 macros for each node and for each query of the catalog, through three
  constructors.
"""

from __future__ import annotations

import functools
import inspect
from typing import Any

import sqlparse
from dbt.clients.jinja import MacroGenerator
from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder
from dbt_common.clients.jinja import MacroFuzzEnvironment
from dbt_common.events.base_types import BaseEvent, DebugLevel
from dbt_common.events.event_manager import EventManager

_stack, _split = inspect.stack, functools.lru_cache(maxsize=4096)(sqlparse.split)
_init, _fire, _compile = BaseEvent.__init__, EventManager.fire_event, MacroFuzzEnvironment.compile
_code: dict[tuple[type, str], Any] = {}


def _stack_without_lines(context: int = 1) -> list[inspect.FrameInfo]:
    return _stack(0)


def _split_once(sql: str, *arguments: Any, **options: Any) -> list[str]:
    return list(_split(sql, *arguments, **options))


def _init_if_heard(self: BaseEvent, *arguments: Any, **fields: Any) -> None:
    if isinstance(self, DebugLevel):
        self.pb_msg = getattr(self.PROTO_TYPES_MODULE, type(self).__name__)()
    else:
        _init(self, *arguments, **fields)


def _fire_if_heard(self: EventManager, e: BaseEvent, *arguments: Any, **options: Any) -> None:
    if not isinstance(e, DebugLevel):
        _fire(self, e, *arguments, **options)


def _compile_once(self: MacroFuzzEnvironment, source: Any, *arguments: Any, **options: Any) -> Any:
    if arguments or options or not isinstance(source, str):
        return _compile(self, source, *arguments, **options)
    key = (type(self), source)
    if key not in _code:
        _code[key] = _compile(self, source)
    return _code[key]


def _build_namespace(self: MacroNamespaceBuilder, macros_by_package: dict[str, dict[str, Any]], ctx: Any) -> Any:
    for package, macros in macros_by_package.items():
        generators: dict[str, MacroGenerator] = {}
        for name, macro in macros.items():
            made = generators[name] = MacroGenerator.__new__(MacroGenerator)
            made.__dict__ = {"context": ctx, "macro": macro, "node": self.node, "stack": self.thread_ctx}
        if package in self.internal_package_names:
            self.internal_packages[package] = generators
        else:
            self.packages[package] = generators
            if package == self.search_package:
                self.locals = dict(generators)
            elif package == self.root_package:
                self.globals = dict(generators)
    internal: dict[str, MacroGenerator] = {}
    for package in reversed(self.internal_package_names_order):
        internal.update(self.internal_packages.get(package, {}))
    return MacroNamespace(self.globals, self.locals, internal, self.packages)


def make_dbt_faster() -> None:
    """Replace them, for this process."""
    inspect.stack, sqlparse.split = _stack_without_lines, _split_once
    BaseEvent.__init__, EventManager.fire_event = _init_if_heard, _fire_if_heard  # type: ignore[method-assign]
    MacroNamespaceBuilder.build_namespace = _build_namespace  # type: ignore[method-assign]
    MacroFuzzEnvironment.compile = _compile_once  # type: ignore[method-assign]

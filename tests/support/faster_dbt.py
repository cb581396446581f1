"""What dbt, its adapters and their drivers do again and again for the same answer, done once. Nothing here changes a build.

- ``redshift_connector`` asks for the whole stack at each connection, with the source lines of every frame, to learn the
  name of one module; under pytest the stack is deep.
- ``dbt-redshift`` tokenizes each statement to count those in it, and most of what it sends are the same queries of the
  catalog.
- dbt compiles the Jinja of a model in each run, and makes a message of each event, also of those that nobody hears.
- dbt makes an object of each of some 700 macros for each node and for each query of the catalog, of which few are called.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import sqlparse
from dbt.clients.jinja import MacroGenerator
from dbt.context.macro_resolver import TestMacroNamespace
from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder
from dbt.context.manifest import ManifestContext
from dbt_common.clients.jinja import MacroFuzzEnvironment
from dbt_common.events.base_types import BaseEvent, DebugLevel
from dbt_common.events.event_manager import EventManager

_stack, _split = inspect.stack, functools.lru_cache(maxsize=4096)(sqlparse.split)
_init, _fire, _compile = BaseEvent.__init__, EventManager.fire_event, MacroFuzzEnvironment.compile
_build_namespace, _context_of_tests = ManifestContext._build_namespace, ManifestContext.to_dict
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


class _Macros(dict[str, Any]):
    """Callable macros by name, each made when it is first asked for."""

    def __init__(self, macros: Mapping[str, Any], *context: Any) -> None:
        super().__init__()
        self.macros, self.context = macros, context

    def __missing__(self, name: str) -> MacroGenerator:
        made = self[name] = MacroGenerator(self.macros[name], *self.context)
        return made

    def __contains__(self, name: object) -> bool:
        return name in self.macros or super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else default  # noqa: SIM401

    def __iter__(self) -> Iterator[str]:
        return iter(self.macros)

    def keys(self) -> Any:
        return list(self)


class _Context(dict[str, Any]):
    """What a template sees; its macros are found in the namespace when they are called."""

    namespace: Any = MappingProxyType({})

    def __missing__(self, name: str) -> Any:
        found = self[name] = self.namespace[name]
        return found

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self.namespace

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else default  # noqa: SIM401

    def __iter__(self) -> Iterator[str]:
        """With all macros: the arguments of tests are rendered from a copy."""
        return iter({**dict.fromkeys(super().__iter__()), **dict.fromkeys(self.namespace)})

    def keys(self) -> Any:
        return list(self)


def _names_of_context(self: ManifestContext) -> Any:
    self._ctx = _Context(self._ctx)
    return _build_namespace(self)


def _namespace(self: MacroNamespaceBuilder, macros_by_package: dict[str, dict[str, Any]], ctx: Any) -> Any:
    context = (ctx, self.node, self.thread_ctx)
    own = {name: macros for name, macros in macros_by_package.items() if name not in self.internal_package_names}
    internal: dict[str, Any] = {}
    for package in reversed(self.internal_package_names_order):
        internal.update(macros_by_package.get(package, {}))
    packages = {package: _Macros(macros, *context) for package, macros in own.items()}
    root = {} if self.root_package == self.search_package else packages.get(self.root_package, {})
    return MacroNamespace(root, packages.get(self.search_package, {}), _Macros(internal, *context), packages)


def _to_dict(self: ManifestContext) -> Any:
    if not isinstance(self._ctx, _Context) or isinstance(self.namespace, TestMacroNamespace):
        return _context_of_tests(self)
    found = super(ManifestContext, self).to_dict()
    for name in list(dict.keys(found)):
        if name in self.namespace:
            found[name] = self.namespace[name]
    self._ctx.namespace = self.namespace
    return found


def make_dbt_faster() -> None:
    """Replace them, for this process."""
    inspect.stack, sqlparse.split = _stack_without_lines, _split_once
    BaseEvent.__init__, EventManager.fire_event = _init_if_heard, _fire_if_heard  # type: ignore[method-assign]
    MacroNamespaceBuilder.build_namespace = _namespace  # type: ignore[method-assign]
    ManifestContext._build_namespace = _names_of_context  # type: ignore[method-assign]
    ManifestContext.to_dict = _to_dict  # type: ignore[method-assign]
    MacroFuzzEnvironment.compile = _compile_once  # type: ignore[method-assign]

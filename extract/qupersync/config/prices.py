"""Prices in the user's settings: one number for a name, or its contracts, each with days and perhaps a cluster."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ..errors import ConfigurationError
from .files import nearest

PRICES = ("node_hour_prices", "rpu_hour_prices", "storage_gb_month_prices")
_CONTRACT = ("price", "from", "until", "cluster")


def check_prices(found: Any, where: str) -> dict[str, Any]:
    """The prices, their days as texts: dbt gets them as JSON. Errors: ConfigurationError naming the price."""
    if not isinstance(found, dict):
        raise ConfigurationError(f"{where} must be a table with a price for each name, not {found!r}")
    return {name: _check_price(price, f"{where}.{name}") for name, price in found.items()}


def _check_price(price: Any, where: str) -> Any:
    if isinstance(price, list) and price:
        return [_check_contract(one, f"{where}[{n}]") for n, one in enumerate(price, 1)]
    if not _is_price(price):
        raise ConfigurationError(
            f"{where} must be a number, 0 or more, or a list of tables with {', '.join(_CONTRACT)}, not {price!r}"
        )
    return price


def _check_contract(contract: Any, where: str) -> dict[str, Any]:
    if not isinstance(contract, dict) or not _is_price(contract.get("price")):
        raise ConfigurationError(f"{where} must be a table with a price, a number, 0 or more, not {contract!r}")
    for name in contract:
        if name not in _CONTRACT:
            raise ConfigurationError(f"{where}: unknown key {name!r}{nearest(str(name), _CONTRACT)}")
    return {
        name: _check_day(value, f"{where}.{name}") if name in ("from", "until") else value
        for name, value in contract.items()
    }


def _check_day(value: Any, where: str) -> str:
    try:
        if isinstance(value, datetime):
            raise ValueError
        return value.isoformat() if isinstance(value, date) else date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise ConfigurationError(f"{where} must be a day such as 2026-12-31, not {value!r}") from None


def _is_price(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1_000_000

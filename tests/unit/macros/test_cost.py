"""Prices: the most specific one of the day counts; a wrong one is an error that names it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.called_macros import Macros, RefusedError


def macros(**prices: Any) -> Macros:
    return Macros("postgres", context={"var": lambda name, default=None: prices.get(name, default)})


def test_prices_of_a_cluster_come_first() -> None:
    own = {"price": 2, "cluster": "prod", "from": "2026-07-01"}
    found = macros(node_hour_prices={"ra3.4xlarge": [{"price": 3.26, "until": "2026-06-30"}, own], "dc2.large": 0.25})
    assert [(one["name"], one["cluster"], one["from"], one["until"], one["billionths"]) for one in found("price_periods", "node_hour_prices")] == [
        ("ra3.4xlarge", "prod", "2026-07-01", "9999-12-30", 2_000_000_000),
        ("ra3.4xlarge", "", "0001-01-01", "2026-06-30", 3_260_000_000),
        ("dc2.large", "", "0001-01-01", "9999-12-30", 250_000_000),
    ]  # fmt: skip


def test_default_comes_last() -> None:
    sql = macros(rpu_hour_prices={"default": 0.5, "w": 0.36})("price_of", "billed")
    assert sql.index("billed.cluster_id = 'w'") < sql.index("then 500000000")
    assert macros()("price_of", "billed").strip() == "cast(null as bigint)"


@pytest.mark.parametrize(
    ("prices", "says"),
    [
        ("x", "node_hour_prices must be a table of prices, not x"),
        ({"ra3": "x"}, "node_hour_prices.ra3 needs a price, a number from 0 to 1,000,000, not x"),
        ({"ra3": -1}, "needs a price, a number from 0"),
        ({"ra3": True}, "needs a price, a number from 0"),
        ({"ra3": None}, "needs a price, a number from 0"),
        ({"ra3": [{"from": "2026-01-01"}]}, "needs a price, a number from 0"),
        (
            {"ra3": [{"price": 1, "til": "2026-01-01"}]},
            "has the unknown key til; there are price, from, until and cluster",
        ),
        ({"ra3": [{"price": 1, "from": "2026-13-01"}]}, "needs a day such as 2026-12-31 as from, not 2026-13-01"),
        (
            {"ra3": [{"price": 1, "from": "2026-02-01", "until": "2026-01-31"}]},
            "ends on 2026-01-31, before it begins on 2026-02-01",
        ),
        (
            {"ra3": [{"price": 1, "until": "2026-06-30"}, {"price": 2, "from": "2026-06-30"}]},
            "has two prices on 2026-06-30",
        ),
        ({"ra3": [{"price": 1}, {"price": 2}]}, "has two prices on 0001-01-01"),
    ],
)
def test_wrong_price_is_named(prices: Any, says: str) -> None:
    with pytest.raises(RefusedError, match=says.replace(".", r"\.")):
        macros(node_hour_prices=prices)("price_periods", "node_hour_prices")


def test_price_of_an_rpu_hour_has_its_cluster_as_name() -> None:
    with pytest.raises(RefusedError, match=r"rpu_hour_prices\.eu is the price of a cluster already"):
        macros(rpu_hour_prices={"eu": [{"price": 1, "cluster": "eu"}]})("price_periods", "rpu_hour_prices")


@pytest.mark.parametrize("adapter", ["postgres", "redshift"])
def test_share_is_dispatched(adapter: str) -> None:
    sql = " ".join(Macros(adapter)("share_of", "a", "b", "c").split())
    assert sql.startswith("cast(div(" if adapter == "postgres" else "cast(cast(floor(")

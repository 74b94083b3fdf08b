"""The environment as a layer: only what is set counts, and what is malformed is named."""

import os
import subprocess
import sys

import pytest
from django.core.checks import Error, Warning
from django.core.exceptions import ImproperlyConfigured

from configuration.checks import check_environment
from configuration.domain.catalogue import CATALOGUE
from configuration.domain.environment import read_environment
from configuration.environment import environment_overrides

SKEW = CATALOGUE["orderbook_skew"]
SPREAD = CATALOGUE["cross_exchange_spread"]


def test_only_set_variables_count():
    assert read_environment(SKEW, {}).values == {}
    layer = read_environment(
        SKEW, {"ORDERBOOK_SKEW_TOP_LEVELS": " 7 ", "ORDERBOOK_SKEW_BUY_THRESHOLD": "", "PATH": "x"}
    )
    assert (layer.values, layer.problems) == ({"top_levels": 7}, ())


def test_lists_are_comma_separated():
    assert read_environment(SPREAD, {"SPREAD_EXCHANGES": "kraken, okx"}).values == {
        "exchanges": ["kraken", "okx"]
    }


@pytest.mark.parametrize(
    ("variable", "text", "complaint"),
    [
        ("ORDERBOOK_SKEW_TOP_LEVELS", "many", "must be an integer"),
        ("ORDERBOOK_SKEW_TOP_LEVELS", "7.5", "must be an integer"),
        ("ORDERBOOK_SKEW_TOP_LEVELS", "21", "must be <= 20, got 21"),
        ("ORDERBOOK_SKEW_BUY_THRESHOLD", "nan", "must be a number"),
        ("ORDERBOOK_SKEW_BUY_THRESHOLD", "inf", "must be a number"),
        ("SPREAD_EXCHANGES", "binance", "must have at least 2 entries, got 1"),
        ("SPREAD_EXCHANGES", "binance,ftx", "must be one of binance, coinbase, kraken, bybit, okx, got ftx"),
        ("SPREAD_EXCHANGES", "okx,okx", "must not repeat an entry, got okx twice"),
    ],
)
def test_a_malformed_variable_is_a_start_up_error(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str, complaint: str
):
    monkeypatch.setenv(variable, text)
    [message] = check_environment(None)
    assert isinstance(message, Error)
    assert message.msg == f"{variable} {complaint}"
    with pytest.raises(ImproperlyConfigured, match=variable):
        environment_overrides(SPREAD if variable.startswith("SPREAD") else SKEW)


def test_variables_that_break_a_rule_together_are_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ORDERBOOK_SKEW_BUY_THRESHOLD", "1.0")
    monkeypatch.setenv("ORDERBOOK_SKEW_SELL_THRESHOLD", "1.0")
    [message] = check_environment(None)
    assert message.msg == (
        "ORDERBOOK_SKEW_SELL_THRESHOLD, ORDERBOOK_SKEW_BUY_THRESHOLD: sell_threshold < buy_threshold must hold"
    )


def test_retired_variables_earn_one_warning(monkeypatch: pytest.MonkeyPatch):
    assert check_environment(None) == []
    monkeypatch.setenv("ONCHAIN_VOLUME_THRESHOLD", "3")
    monkeypatch.setenv("ONCHAIN_NETWORK_GROWTH_THRESHOLD", "3")
    [message] = check_environment(None)
    assert isinstance(message, Warning)
    assert "ONCHAIN_NETWORK_GROWTH_THRESHOLD, ONCHAIN_VOLUME_THRESHOLD" in message.msg


@pytest.mark.parametrize("entry", ["asgi", "wsgi"])
def test_a_server_does_not_start_on_a_malformed_variable(entry: str):
    started = subprocess.run(
        [sys.executable, "-c", f"import realtime.{entry}"],
        env=os.environ | {"ORDERBOOK_SKEW_TOP_LEVELS": "many"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode == 1
    assert "ORDERBOOK_SKEW_TOP_LEVELS must be an integer" in started.stderr

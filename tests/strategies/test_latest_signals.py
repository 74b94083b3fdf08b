"""Above the list of signals, each strategy with the time of its newest: a rare one is found beside a busy one."""

import re

import msgspec
import pytest
import redis
from django.conf import settings
from django.test import Client

from configuration.domain.catalogue import CATALOGUE
from strategies.keys import StrategyKeys
from tests.strategies.domain.test_signal import made

pytestmark = [pytest.mark.database, pytest.mark.django_db, pytest.mark.usefixtures("nobody_remembered")]
CHIP = re.compile(
    r'<a href="([^"]+)"( aria-current="true")?><span class="part">([^<]+) (?:<span.*?</span> )*'
    r'<time data-now="\w+">([^<]+)</time></a>'
)


def chips(client: Client, query: str = "") -> dict[str, tuple[str, bool, str]]:
    """By name of the strategy: address, is it the one shown, and when it last signalled."""
    found = CHIP.findall(client.get(f"/signals/{query}").content.decode())
    return {name: (address, bool(shown), last) for address, shown, name, last in found}


def test_each_strategy_and_its_newest(client: Client, store: redis.Redis):
    rare = msgspec.structs.replace(made(), strategy_id="btc_dominance", timestamp="2026-01-01T08:00:00.000Z")
    store.lpush(StrategyKeys(settings.STORE_PREFIX).signals("btc_dominance"), msgspec.json.encode(rare))
    every = chips(client)
    assert list(every) == [spec.name for spec in CATALOGUE.values()]
    assert every["Bitcoin Dominance"] == ("/signals/?strategy=btc_dominance", False, "08:00:00 UTC")
    assert every["Order Book Skew"][2] == "none sent yet"


def test_the_one_shown_leads_back_to_all_and_the_symbol_stays(client: Client, store: redis.Redis):
    assert chips(client, "?strategy=btc_dominance")["Bitcoin Dominance"][:2] == ("/signals/", True)
    of_eth = chips(client, "?strategy=btc_dominance&symbol=ethusdt")
    assert of_eth["Bitcoin Dominance"][0] == "/signals/?symbol=ETHUSDT"
    assert of_eth["Order Book Skew"][0] == "/signals/?strategy=orderbook_skew&amp;symbol=ETHUSDT"

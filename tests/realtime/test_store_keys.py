"""The rooms that write to Redis share a prefix, and no key."""

from django.conf import settings

from configuration import announcements as configuration
from halts import acknowledged, announcements
from journal.keeper import claim_of
from journal.report import key_of as key_of_journal
from markets.reports.store import key_of
from metrics.domain.market import MarketId
from metrics.store.keys import Keys
from strategies.keys import StrategyKeys

PREFIX = settings.STORE_PREFIX


def test_no_two_rooms_write_under_one_key():
    market, strategies = Keys(PREFIX), StrategyKeys(PREFIX)
    keys = [
        *(market.rows, market.books, market.feeds, market.history(MarketId("BTCUSDT", "binance/spot"), 1)),
        key_of(PREFIX),
        *(key_of_journal(PREFIX), claim_of(PREFIX, "snapshot.binance.BTCUSDT")),
        *(strategies.processes, strategies.receipts_channel),
        *(strategies.signals("orderbook_skew"), strategies.halted("orderbook_skew")),
        *(configuration.channel(), announcements.channel(), acknowledged.key()),
    ]
    rooms = [key.removeprefix(f"{PREFIX}:").partition(":")[0] for key in keys]
    assert len(set(keys)) == len(keys)
    assert rooms.count("signals") == 2, "of one room"
    assert len(set(rooms)) == len(rooms) - 1

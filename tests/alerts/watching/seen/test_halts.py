"""What of halts is seen."""

import pytest

from alerts.watching.seen.halts import halts
from configuration.ledger import Author
from configuration.models import Source
from halts.domain import Scope
from halts.services import halt, resume

pytestmark = [pytest.mark.database, pytest.mark.django_db]
AUTHOR = Author(source=Source.API, name="rita", reason="odd books")


def seen(look):
    return {each.name: each for each in halts(look)}


def test_what_is_halted_is_seen_since_when_it_is(reported, clock):
    clock.now = halt(Scope(symbol="BTCUSDT"), author=AUTHOR).at + 30
    halt(Scope("orderbook_skew"), author=AUTHOR)
    found = seen(reported.look())
    assert [*found] == ["all strategies on BTCUSDT", "orderbook_skew on all symbols"]
    first = found["all strategies on BTCUSDT"]
    assert (first.is_halted, first.is_resumed, first.halted_seconds) == (True, False, pytest.approx(30))


def test_what_was_resumed_is_seen_for_a_minute(reported, clock):
    halt(Scope(), author=AUTHOR)
    resumed = resume(Scope(), author=AUTHOR)
    assert resumed
    clock.now = resumed.at + 59
    everything = seen(reported.look())["everything"]
    assert (everything.is_halted, everything.is_resumed, everything.halted_seconds) == (False, True, 0.0)
    clock.advance(2)
    assert seen(reported.look()) == {}

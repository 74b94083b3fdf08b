"""What was set at earlier moments: every state that the levels went through, found again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from configuration import reading, services
from configuration.ledger import Author
from configuration.models import StrategyConfig
from configuration.past import BEGINNING, levels_since

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SKEW = "orderbook_skew"
EVER = datetime(2020, 1, 1, tzinfo=UTC)

Set = dict[str | None, tuple[dict[str, object], int]]
step = st.tuples(
    st.sampled_from([None, "BTCUSDT", "ETHUSDT"]),
    st.sampled_from(["set", "replace", "delete", "roll back"]),
    st.sampled_from([{"buy_threshold": 1.5}, {"top_levels": 7}, {"buy_threshold": 2.0, "top_levels": 3}]),
)


def seen() -> Set:
    """What is set now, with its versions."""
    levels = reading.load_levels()[SKEW]
    symbols: list[str | None] = [None, *levels.symbols]
    return {each: (dict(own.overrides), own.version) for each in symbols if (own := levels.own(each))}


def take(author: Author, symbol: str | None, what: str, parameters: dict[str, float]) -> None:
    own = reading.load_levels()[SKEW].own(symbol)
    if what in ("set", "replace"):
        services.write(SKEW, symbol, parameters, author=author, replace=what == "replace")
    elif what == "delete" and own:
        services.delete(SKEW, symbol, author=author)
    elif what == "roll back" and own and own.version > 1:
        services.roll_back(SKEW, symbol, author=author)


@given(st.lists(step, min_size=1, max_size=8))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_states_of_all_levels_are_found_again_in_order(
    author: Author, steps: list[tuple[str | None, str, dict[str, float]]]
):
    already = StrategyConfig.history.count()
    states = [seen()]
    for each in steps:
        take(author, *each)
        if seen() != states[-1]:
            states.append(seen())
    made = StrategyConfig.history.count() - already
    reading.reader.forget()
    found = levels_since(SKEW, EVER)[-made - 1 :]
    assert [
        {
            name: (dict(own.overrides), own.version)
            for name in (None, *levels.symbols)
            if (own := levels.own(name))
        }
        for _, levels in found
    ] == states


def test_from_a_moment_on_only_what_changed_since_is_told(author: Author):
    services.write(SKEW, None, {"buy_threshold": 1.5}, author=author)
    change = StrategyConfig.history.get().history_date
    services.write(SKEW, "BTCUSDT", {"buy_threshold": 1.9}, author=author)
    [(since, before), (at, after)] = levels_since(SKEW, change)
    assert (since, at) == (BEGINNING, StrategyConfig.history.order_by("history_id").last().history_date)
    assert [levels.config("BTCUSDT").parameters["buy_threshold"] for levels in (before, after)] == [1.5, 1.9]
    assert [levels.config(None).version for levels in (before, after)] == [1, 1]


def test_of_a_level_that_was_deleted_its_contents_are_known(author: Author):
    services.write(SKEW, "BTCUSDT", {"buy_threshold": 1.9}, author=author)
    services.delete(SKEW, "BTCUSDT", author=author)
    values = [levels.config("BTCUSDT").parameters["buy_threshold"] for _, levels in levels_since(SKEW, EVER)]
    assert values == [1.2, 1.9, 1.2]


def test_where_nothing_changed_today_stands_for_then():
    [(since, levels)] = levels_since(SKEW, datetime.now(UTC) - timedelta(hours=1))
    assert since == BEGINNING
    assert levels == reading.load_levels()[SKEW]

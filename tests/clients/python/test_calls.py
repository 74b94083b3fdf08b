"""The calls against the running product, by both faces."""

import asyncio
from contextlib import aclosing, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from realtime_strategies_client import (
    AsyncClient,
    BatchChanged,
    CannotBeJudged,
    Client,
    Conflict,
    NotApplied,
    NotAuthenticated,
    NotFound,
    Outcome,
    PermissionDenied,
    Refused,
    RollbackFailed,
    Rule,
    RuleChanged,
    SilenceOver,
    StreamClosed,
    UnknownSymbol,
    Unreachable,
    ValidationFailed,
)
from realtime_strategies_client.alerts import AlertCalls
from realtime_strategies_client.configuration import MOST_ON_A_PAGE, Configuration
from realtime_strategies_client.halts import Halts
from realtime_strategies_client.metrics import Metrics
from realtime_strategies_client.signals import SignalCalls
from tests.clients.python.conftest import import_levels
from tests.servers import until
from tests.strategies.house import House

SKEW, BTC = "orderbook_skew", "btc_dominance"


# -- Metrics -----------------------------------------------------------------------------------


def test_the_market_of_now(client: Client):
    depth = client.metrics.depth("btcusdt")
    assert (depth.symbol, depth.venue, depth.form) == ("BTCUSDT", "binance", "spot")
    assert (depth.state, depth.reason) == ("live", None)
    assert depth.spread.mid_price is not None
    assert client.metrics.pressure("BTCUSDT", "1m", max_points=5).returned_data_points <= 5
    prices = client.metrics.prices("BTCUSDT", "1m", max_points=5)
    assert (prices.timeframe, len(prices.price_history)) == ("1m", prices.returned_data_points)
    assert prices.summary.close == prices.price_history[-1].mid_price
    assert client.metrics.summary().symbols_tracked == 3
    assert "BTCUSDT" in client.metrics.sparklines().symbols
    assert client.metrics.feed().feeds[0].state == "running"


def test_markets_of_a_venue_and_a_form(client: Client):
    assert client.metrics.depth("BTCUSDT", venue="binance", form="spot").venue == "binance"
    assert client.metrics.pressure("BTCUSDT", venue="binance", form="spot").form == "spot"
    assert client.metrics.prices("BTCUSDT", venue="binance", form="spot").form == "spot"
    assert client.metrics.summary(venue="binance", form="spot").symbols_tracked == 2
    assert client.metrics.summary(venue="binance", form="usdm").symbols_tracked == 1
    assert "BTCUSDT" in client.metrics.sparklines(venue="binance", form="spot").symbols
    rows = client.metrics.all(["BTCUSDT"], venue=["binance", "okx"]).metrics
    assert {name: (row.symbol, row.venue, row.form) for name, row in rows.items()} == {
        "BTCUSDT@binance": ("BTCUSDT", "binance", "spot")
    }
    assert client.metrics.all(venue="okx").metrics == {}
    with pytest.raises(NotFound, match="at okx; there is binance"):
        client.metrics.depth("BTCUSDT", venue="okx")
    with pytest.raises(ValidationFailed, match="venue"):
        client.metrics.depth("BTCUSDT", venue="*")


def test_one_symbol_at_all_venues(client: Client):
    at_venues = client.metrics.venues("btcusdt")
    (market,) = at_venues.markets
    assert (at_venues.symbol, market.market, market.is_followed) == ("BTCUSDT", "BTCUSDT@binance", True)
    assert (market.is_best_bid, market.is_best_ask, at_venues.gaps) == (True, True, [])


def test_what_trading_costs(client: Client):
    one = client.metrics.liquidity("btcusdt", sizes=[0.5e4, 250_000], bands=(5, 12.5))
    assert (one.symbol, one.state, one.quote_asset, one.usd_per_quote) == ("BTCUSDT", "live", "USDT", 1.0)
    assert [cost.size_usd for cost in one.costs] == [5_000.0, 250_000.0]
    assert [band.bps for band in one.bands] == [5.0, 12.5]
    assert [each.seconds for each in one.flow] == [each.seconds for each in one.trades] == [1, 10, 60]
    assert len(client.metrics.liquidity("BTCUSDT", venue="binance", form="spot").costs) == 3
    rows = client.metrics.liquidities(
        ["BTCUSDT", "ETHUSDT"], sort_by="depth_usd_50", sort_order="desc", limit=1
    )
    assert (rows.symbols_count, rows.pagination.total, rows.pagination.has_next) == (1, 2, True)
    (row,) = rows.markets.values()
    assert [*row.cost_bps] == ["10000", "100000", "1000000"]
    assert client.metrics.liquidities(venue="okx").markets == {}
    assert client.metrics.summary().liquidity.total_notional_usd is not None
    assert client.metrics.impact("btcusdt").symbol == "BTCUSDT"
    until(lambda: client.metrics.heat("btcusdt", minutes=1).times_ms, "a row of the heat map", 20)
    heat = client.metrics.heat("btcusdt", minutes=1)
    assert len(heat.cells) == heat.rows * 2 * heat.scale.buckets == 128 * len(heat.times_ms) > 0
    newest = datetime.fromtimestamp(heat.times_ms[-1] / 1000, UTC)
    assert client.metrics.heat("BTCUSDT", since=newest).times_ms[:1] != heat.times_ms[:1]
    with pytest.raises(ValidationFailed, match="sizes"):
        client.metrics.liquidity("BTCUSDT", sizes=[0])


def test_a_stream_of_a_venue(client: Client):
    market = next(client.pressure(["BTCUSDT"], venue="*", form="spot"))
    assert list(market.rows) == ["BTCUSDT@binance"]
    book = next(client.depth("BTCUSDT", venue="binance"))
    assert book.metrics is not None
    assert (book.metrics.venue, book.metrics.form) == ("binance", "spot")
    with pytest.raises(StreamClosed, match="One venue"):
        next(client.depth("BTCUSDT", venue="*"))


def test_rows_are_filtered_sorted_and_paged(client: Client):
    rows = client.metrics.all(["BTCUSDT", "ETHUSDT"], sort_order="desc", limit=1)
    assert (list(rows.metrics), rows.pagination.total, rows.pagination.has_next) == (["ETHUSDT"], 2, True)


@pytest.mark.parametrize("resolution", ["1m", "5m"])
def test_history_is_the_same_as_structs_and_as_a_frame(client: Client, minutes: None, resolution: Any):
    end = datetime.now(UTC)
    span = ("BTCUSDT", end - timedelta(hours=1), end, resolution)
    history, frame = client.metrics.history(*span), client.metrics.history_frame(*span)
    kept = [row for row in history.rows if row.mid_close == -1.5]
    assert len(kept) >= (30 if resolution == "1m" else 5)
    assert [row.timestamp for row in history.rows] == list(frame.index)
    assert [row.pressure_low for row in kept] == list(frame[frame.mid_close == -1.5].pressure_low)
    assert {moment.tzinfo for moment in frame.index} == {UTC}


def test_an_export_becomes_a_file(client: Client, house: House, address: str, minutes: None, tmp_path: Path):
    file = tmp_path / "minutes.csv"
    assert client.metrics.export(file, symbols=["BTCUSDT"]) == file
    assert file.read_text("utf-8-sig").splitlines()[1].startswith("BTCUSDT,")
    assert client.metrics.export(tmp_path / "updates.parquet", kind="updates", venue="binance", form="spot")
    assert (tmp_path / "updates.parquet").read_bytes()[-4:] == b"PAR1"
    with pytest.raises(NotFound, match="Nothing to export"):
        client.metrics.export(file, symbols=["XRPUSDT"])
    with pytest.raises(ValueError, match=r"\.csv or \.parquet"):
        client.metrics.export(tmp_path / "minutes.xlsx")

    async def ask() -> None:
        async with AsyncClient(address) as other:
            await other.metrics.export(tmp_path / "same.csv", symbols=["BTCUSDT"])

    asyncio.run(ask())
    assert (tmp_path / "same.csv").read_bytes() == file.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"minutes.csv", "updates.parquet", "same.csv"}


def test_a_time_without_a_zone_is_refused_before_it_is_asked(client: Client):
    with pytest.raises(ValueError, match="zone"):
        client.metrics.history("BTCUSDT", datetime(2026, 1, 1))


def test_what_is_not_there_and_what_cannot_be_is_reported(client: Client):
    with pytest.raises(NotFound, match="No metrics available for XYZUSDT"):
        client.metrics.depth("XYZUSDT")
    with pytest.raises(ValidationFailed, match="timeframe"):
        client.metrics.pressure("BTCUSDT", "2m")  # type: ignore[arg-type]


def test_the_other_face_answers_the_same(house: House, address: str, client: Client):
    async def ask() -> tuple[Any, ...]:
        async with AsyncClient(address, house.token) as other:
            with pytest.raises(NotFound):
                await other.metrics.depth("XYZUSDT")
            changes = [change async for change in other.config.changes(SKEW)]
            return await other.metrics.depth("BTCUSDT"), await other.config.schema(SKEW), changes

    depth, schema, changes = asyncio.run(ask())
    assert depth.symbol == "BTCUSDT"
    assert schema == client.config.schema(SKEW)
    assert changes == list(client.config.changes(SKEW))


# -- Configuration -----------------------------------------------------------------------------


def test_catalogue(client: Client):
    assert SKEW in [each.strategy_id for each in client.config.strategies()]
    schema, defaults = client.config.schema(SKEW), client.config.defaults(SKEW)
    assert {each.name: each.default for each in schema.parameters} == defaults
    assert "sell_threshold < buy_threshold" in schema.rules


def test_a_change_its_way_and_its_end(client: Client):
    seen = client.config.effective(SKEW, "AAUSDT")
    changed = client.config.change(seen, {"top_levels": 7}, reason="thin", changed_by="a bot")
    assert (changed.action, changed.overrides) == ("created", {"top_levels": 7})
    assert client.config.wait_until_applied(changed).converged
    explained = client.config.explain(SKEW, "AAUSDT")["top_levels"]
    assert (explained.layer, explained.reason, explained.shadows[0].layer) == ("symbol", "thin", "default")
    again = client.config.change(changed, {"top_levels": 8})
    undone = client.config.rollback(again, version=changed.version, reason="filled badly")
    assert (undone.action, undone.overrides) == ("rolled_back", {"top_levels": 7})
    client.config.delete(undone, reason="delisted")
    trail = client.config.audit(SKEW, "AAUSDT")
    assert [each.action for each in trail.changes] == ["DELETE", "UPDATE", "UPDATE", "CREATE"]
    assert (trail.total, trail.changes[-1].changed_by, trail.changes[0].reason) == (4, "a bot", "delisted")


def test_a_trail_is_followed_from_page_to_page(client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("realtime_strategies_client.configuration.MOST_ON_A_PAGE", 2)
    for levels in (5, 6, 7, 8, 9):
        client.config.set(SKEW, {"top_levels": levels}, "PAGEUSDT")
    set_to = [change.changes["top_levels"][1] for change in client.config.changes(SKEW, "PAGEUSDT")]
    assert set_to == [9, 8, 7, 6, 5]
    assert MOST_ON_A_PAGE == 1000


@pytest.mark.parametrize("write", ["change", "delete", "rollback"])
def test_nothing_of_somebody_else_is_overwritten(client: Client, write: str):
    symbol = f"{write.upper()}USDT"
    client.config.set(SKEW, {"top_levels": 5}, symbol)
    seen = client.config.set(SKEW, {"top_levels": 6}, symbol)
    client.config.set(SKEW, {"top_levels": 9}, symbol)
    arguments = ({"top_levels": 7},) if write == "change" else ()
    with pytest.raises(Conflict) as raised:
        getattr(client.config, write)(seen, *arguments)
    conflict = raised.value
    assert conflict.present is not None
    assert (conflict.seen, conflict.present.overrides) == (seen, {"top_levels": 9})
    settled = client.config.change(conflict.present, {"top_levels": 7})
    assert settled.overrides == {"top_levels": 7}


def test_levels_that_changed_at_one_stroke_are_taken_back_at_one_stroke(client: Client, house: House):
    batch = import_levels(house, ONEUSDT=4, TWOUSDT=4)
    changes = client.config.batch(batch)
    assert [(each.symbol, each.action, each.batch, each.is_newest) for each in changes] == [
        ("ONEUSDT", "CREATE", batch, True),
        ("TWOUSDT", "CREATE", batch, True),
    ]
    assert client.config.revert(batch, validate_only=True) is None
    assert client.config.effective(SKEW, "ONEUSDT").overrides == {"top_levels": 4}
    reverting = client.config.revert(batch, reason="wrong template", changed_by="a bot")
    assert reverting is not None
    taken_back = client.config.batch(reverting)
    assert [(each.symbol, each.action, each.reason, each.changed_by) for each in taken_back] == [
        ("ONEUSDT", "DELETE", "wrong template", "a bot"),
        ("TWOUSDT", "DELETE", "wrong template", "a bot"),
    ]


def test_a_batch_whose_levels_changed_since_is_not_taken_back(client: Client, house: House):
    batch = import_levels(house, SINCEUSDT=4, STILLUSDT=4)
    client.config.set(SKEW, {"top_levels": 5}, "SINCEUSDT")
    assert [each.is_newest for each in client.config.batch(batch)] == [False, True]
    for only_judged in (True, False):
        with pytest.raises(BatchChanged) as raised:
            client.config.revert(batch, validate_only=only_judged)
        assert raised.value.levels == ["orderbook_skew, SINCEUSDT"]
    assert client.config.effective(SKEW, "STILLUSDT").overrides == {"top_levels": 4}


def test_what_a_change_did(client: Client):
    client.config.set(SKEW, {"top_levels": 4}, "EFFECTUSDT")
    client.config.set(SKEW, {"top_levels": 6}, "EFFECTUSDT")
    second, first = client.config.changes(SKEW, "EFFECTUSDT")
    effect = client.config.effect(second.id)
    assert (effect.change_id, effect.version, effect.at) == (second.id, 2, second.changed_at)
    assert effect.previous is not None
    assert effect.previous.id == first.id
    assert [each.length for each in effect.comparisons] == ["15m", "1h", "24h"]
    assert effect.nearby.fills_until is not None
    assert [each.change_id for each in effect.nearby.decisions] == [first.id]
    with pytest.raises(NotFound, match="Change not found"):
        client.config.effect("0")


def test_a_what_if_that_nobody_can_answer_says_why(client: Client):
    with pytest.raises(CannotBeJudged, match=r"^(No process answers such questions|NATS is away)"):
        client.config.what_if(SKEW, {"buy_threshold": 1.6})
    with pytest.raises(ValidationFailed, match=r"buy_threshold must be <= 3\.0"):
        client.config.what_if(SKEW, {"buy_threshold": 16}, "BTCUSDT")
    assert client.config.recordings() == []
    with pytest.raises(
        ValidationFailed, match="recording cannot be read: No recordings are kept for what-ifs"
    ):
        client.config.what_if(SKEW, {"buy_threshold": 1.6}, recording="binance*")


def test_what_is_no_batch(client: Client):
    for ask in (client.config.batch, client.config.revert):
        with pytest.raises(NotFound, match="Batch not found"):
            ask(str(uuid4()))


def test_a_preview_is_nothing_to_build_on(client: Client):
    judged = client.config.validate(SKEW, {"top_levels": 7}, "AAUSDT")
    assert judged.validation_passed
    assert judged.preview is not None
    assert judged.preview.parameters["top_levels"] == 7
    with pytest.raises(ValueError, match="not read"):
        client.config.change(judged.preview, {"top_levels": 7})


def test_every_problem_is_reported(client: Client):
    wrong = {"top_levels": 100_000, "nope": 1}
    judged = client.config.validate(SKEW, wrong)
    assert {problem.code for problem in judged.errors} == {"OUT_OF_RANGE", "UNKNOWN_PARAMETER"}
    with pytest.raises(ValidationFailed, match="Unknown parameter: nope") as raised:
        client.config.set(SKEW, wrong)
    assert raised.value.errors == [problem.message for problem in judged.errors]
    assert set(raised.value.fields) == set(wrong)


def test_refusals_of_the_configuration(client: Client):
    with pytest.raises(NotFound, match="Strategy not found: nope"):
        client.config.effective("nope")
    with pytest.raises(RollbackFailed):
        client.config.rollback(client.config.effective(SKEW, "NEVERUSDT"))


def test_what_is_no_longer_wanted_is_not_waited_for(client: Client):
    first = client.config.set(SKEW, {"top_levels": 5}, "LATEUSDT")
    second = client.config.set(SKEW, {"top_levels": 6}, "LATEUSDT")
    client.config.wait_until_applied(second)
    with pytest.raises(NotApplied, match="Another change is in force") as raised:
        client.config.wait_until_applied(first)
    assert raised.value.applied.converged


# -- Halts -------------------------------------------------------------------------------------


def test_halting_and_resuming(client: Client):
    halted = client.halts.halt("maintenance", strategy_id=SKEW, symbol="ETHUSDT")
    assert (halted.is_halted, halted.is_on_record, halted.action) == (True, True, "halted")
    wide = client.halts.halt("all of it", strategy_id=SKEW)
    assert {(each.symbol, each.reason) for each in client.halts.in_force()} == {
        ("ETHUSDT", "maintenance"),
        (None, "all of it"),
    }
    assert wide.states[0].strategy_id == SKEW
    still = client.halts.resume("back", strategy_id=SKEW, symbol="ETHUSDT")
    assert (still.is_halted, still.states[0].halted_by[0].symbol) == (True, None)
    assert not client.halts.resume("back", strategy_id=SKEW).is_halted
    assert client.halts.in_force() == []


def test_several_symbols_over_all_strategies(client: Client):
    halted = client.halts.halt("delisting", symbols=["BTCUSDT", "ETHUSDT"])
    assert [state.symbol for state in halted.states] == ["BTCUSDT", "ETHUSDT"]
    client.halts.resume("not yet", symbol="ETHUSDT")
    resumed = client.halts.resume("not yet", symbols=["BTCUSDT", "ETHUSDT"])
    assert (resumed.is_halted, resumed.unchanged) == (False, ["ETHUSDT"])
    with pytest.raises(ValueError, match="leave the strategy out"):
        client.halts.halt("no", strategy_id=SKEW, symbols=["BTCUSDT"])


def test_everything(client: Client):
    assert client.halts.halt("stop").states[0].symbol is None
    assert client.halts.resume("go on").action == "resumed"
    assert client.halts.resume("go on").action == "unchanged"


def test_a_misspelt_symbol_is_asked_about(client: Client):
    with pytest.raises(UnknownSymbol) as raised:
        client.halts.halt("delisted", symbol="BTCUSD")
    assert raised.value.nearest == ["BTCUSDT"]
    assert client.halts.halt("delisted", symbol="BTCUSD", confirm_unknown=True).is_halted
    client.halts.resume("checked", symbol="BTCUSD")


def test_a_halt_lands_while_the_database_is_away(client: Client, house: House):
    """202: it is acknowledged, and goes on record later."""
    house.database.take_away()
    try:
        outcome = client.halts.halt("no database", strategy_id=BTC)
    finally:
        house.database.bring_back()
    assert isinstance(outcome, Outcome)
    assert (outcome.is_on_record, outcome.is_halted) == (False, True)
    assert outcome.ways

    def is_on_record() -> bool:
        return [each.reason for each in client.halts.in_force()] == ["no database"]

    until(is_on_record, "on record", 30)
    client.halts.resume("database is back", strategy_id=BTC)


# -- Signals -----------------------------------------------------------------------------------


def test_signals(client: Client):
    until(lambda: client.signals.list(state="sent").signals, "signals", 40)
    listed = client.signals.list(state="sent", limit=1000)
    one = listed.signals[-1]
    assert one in list(client.signals.each(symbol=one.symbol, strategy=one.strategy_id, state="sent"))
    frame = listed.to_pandas()
    assert len(frame) == len(listed.signals)
    assert frame.iloc[-1]["id"] == one.id
    assert set(one.indicators) <= {name.removeprefix("indicators.") for name in frame.columns}
    assert client.signals.list(symbol="NOUSDT").to_pandas().empty


def test_the_ledger_of_signals(client: Client, tmp_path: Path):
    def first() -> Any:
        return next(iter(client.signals.ledger(state="sent", min_confidence=0.5)), None)

    until(first, "a signal in the ledger", 40)
    one = first()
    assert one.market is not None
    assert set(one.outcome) == {"1m", "5m", "15m"}
    by_symbol = client.signals.summary("symbol", symbol=one.symbol)
    assert one.strategy_id in {row.strategy_id for row in by_symbol.rows}
    for name in ("signals.csv", "signals.parquet"):
        assert client.signals.export(tmp_path / name, symbol=one.symbol).stat().st_size > 0


# -- Alerts ------------------------------------------------------------------------------------


LIVES = Rule(name="A book lives", watch="is_live", symbols=["BTCUSDT"], comparison="above", threshold=0.5)


def test_an_alert_from_its_rule_to_its_end(client: Client, house: House):
    with house.running("watch_alerts"), closing(client.alerts.follow()) as states:
        assert next(states).is_live
        made = client.alerts.make_rule(LIVES, "to be looked at", changed_by="a bot")
        fires = next(event for state in states for event in state.events)
        assert (fires.state, fires.rule, fires.symbol) == ("firing", made.id, "BTCUSDT")
        assert (fires.venue, fires.form, fires.value_in_words) == ("binance", "spot", "live")
        assert [each.id for each in client.alerts.list(symbol="btcusdt").alerts] == [fires.id]
        looked_after = client.alerts.acknowledge(fires.id, "asked the venue")
        assert (looked_after.acknowledged_by, looked_after.acknowledged_note) == (
            "manager",
            "asked the venue",
        )
        assert made.id is not None
        client.alerts.delete_rule(client.alerts.rule(made.id), "seen")
        later = (event for state in states for event in state.events)
        assert [next(later).state, next(later).state] == ["acknowledged", "resolved"]
    assert client.alerts.acknowledge(fires.id, "again").acknowledged_note == "asked the venue"
    assert fires.id in [each.id for each in client.alerts.each(severity="warning")]


def test_a_rule_is_tried_made_changed_and_deleted(client: Client):
    rule = msgspec.structs.replace(LIVES, name="Wide", watch="spread_bps_10s", channels=[])
    assert "spread_bps_10s" in [each.name for each in client.alerts.watched()]
    assert client.alerts.would_have_fired(rule).fired is not None
    made = client.alerts.make_rule(rule, "costs doubled")
    changed = client.alerts.change_rule(made, {"threshold": 8.0, "is_enabled": False}, "too many")
    assert (changed.threshold, changed.symbols, changed.version) == (8.0, ["BTCUSDT"], 2)
    assert changed in client.alerts.rules()
    for write in (
        lambda: client.alerts.change_rule(made, {"threshold": 9.0}, "as well"),
        lambda: client.alerts.delete_rule(made, "as well"),
    ):
        with pytest.raises(RuleChanged) as raised:
            write()
        assert (raised.value.seen, raised.value.present) == (made, changed)
    with pytest.raises(ValidationFailed, match="threshold"):
        client.alerts.change_rule(changed, {"threshold": -1.0}, "no")
    with pytest.raises(ValueError, match="was not read"):
        client.alerts.delete_rule(rule, "no")
    client.alerts.delete_rule(changed, "tried enough")
    assert made.id not in [each.id for each in client.alerts.rules()]


def test_silences(client: Client):
    end = datetime.now(UTC) + timedelta(hours=1)
    silence = client.alerts.silence("delisted", symbol="LUNA*", severity="info", until=end)
    assert (silence.symbol, silence.severity, silence.until, silence.actor) == (
        "LUNA*",
        "info",
        end,
        "manager",
    )
    assert client.alerts.silences() == [silence]
    assert client.alerts.end_silence(silence.id, "listed again").ended_reason == "listed again"
    assert silence.id in [each.id for each in client.alerts.silences(state="past")]
    with pytest.raises(SilenceOver):
        client.alerts.end_silence(silence.id, "again")
    with pytest.raises(ValueError, match="zone"):
        client.alerts.silence("no", symbol="A", until=datetime(2026, 1, 1))


# -- Live --------------------------------------------------------------------------------------


def test_streams_of_the_face_without_asyncio(client: Client):
    for market in client.pressure(["BTCUSDT", "ETHUSDT"]):
        assert set(market.rows) == {"BTCUSDT", "ETHUSDT"}
        assert market.is_live
        assert market.age_ms("BTCUSDT") < 20_000
        break
    for seen, book in enumerate(client.depth("BTCUSDT")):
        assert (book.symbol, book.is_live) == ("BTCUSDT", True)
        if seen == 3:
            break


def test_streams_of_the_face_with_asyncio(house: House, address: str):
    async def watch() -> None:
        async with AsyncClient(address, house.token) as client, asyncio.timeout(20):
            async with aclosing(client.pressure()) as markets:
                seen = 0
                async for market in markets:
                    assert len(market.rows) == 3
                    seen += 1
                    if seen == 4:
                        break
            async for book in client.depth("btcusdt"):
                assert book.ladder is not None
                break

    asyncio.run(watch())


def test_what_is_no_symbol_ends_a_stream(client: Client):
    with pytest.raises(StreamClosed, match="A symbol is"):
        next(client.pressure(["no symbol"]))


def test_a_stream_outlives_the_web_process(client: Client, house: House):
    """It says so while it is away, and goes on when it is back."""
    seen: list[Any] = []
    asked_to_stop = False

    def watch() -> None:
        for market in client.pressure():
            seen.append(market)
            if asked_to_stop:
                break

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    until(lambda: seen and seen[-1].is_live, "live", 20)
    house.stop_web()
    until(lambda: not seen[-1].is_live, "reported", 20)
    assert {row.state for row in seen[-1].rows.values()} == {"stale"}
    with pytest.raises(Unreachable):
        client.metrics.summary()
    house.start_web()
    until(lambda: seen[-1].is_live, "back", 40)
    asked_to_stop = True
    watcher.join(10)
    assert not watcher.is_alive()


# -- Who asks ----------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "not-a-token"])
def test_nobody_in_particular_may_see_the_market_only(address: str, token: str):
    with Client(address, token) as client:
        if not token:
            assert client.metrics.summary().symbols_tracked == 3
            assert client.signals.list(limit=1)
        with pytest.raises(NotAuthenticated):
            client.config.strategies()
        with pytest.raises(PermissionDenied if not token else NotAuthenticated):
            client.halts.in_force()


@pytest.mark.parametrize("address", ["", "localhost:8080", "ftp://host", "http://somebody:secret@host"])
def test_an_address_that_cannot_be_is_refused(address: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("REALTIME_STRATEGIES_URL", raising=False)
    with pytest.raises(ValueError, match="REALTIME_STRATEGIES_URL") as raised:
        Client(address)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("face", [Client, AsyncClient])
def test_the_environment_states_where_and_who(face: type[Client], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("REALTIME_STRATEGIES_URL", "https://desk.example/realtime/")
    monkeypatch.setenv("REALTIME_STRATEGIES_TOKEN", "shown-to-nobody\n")
    client = face()
    assert repr(client) == f"{face.__name__}('https://desk.example/realtime')"
    assert "shown-to-nobody" not in f"{client!r} {vars(client)}"


def test_the_token_stands_in_no_log(client: Client, house: House, caplog: pytest.LogCaptureFixture):
    caplog.set_level("DEBUG")
    for logger in ("httpx", "httpcore"):  # which the product itself keeps quiet
        caplog.set_level("DEBUG", logger)
    client.config.strategies()
    client.halts.in_force()
    with pytest.raises(NotAuthenticated) as raised, Client(str(client.url), "a-wrong-one") as other:
        other.config.strategies()
    assert "/strategies" in caplog.text
    assert house.token not in caplog.text
    assert "a-wrong-one" not in f"{caplog.text} {raised.value!r} {vars(raised.value)}"


# -- Both faces --------------------------------------------------------------------------------


@pytest.mark.parametrize("group", [Metrics, Configuration, Halts, SignalCalls, AlertCalls])
def test_every_call_is_described(group: type[Any], client: Client):
    for name, member in vars(group).items():
        if not name.startswith("_"):
            assert member.__get__(group(client), group).__doc__, name


def test_a_silent_server_is_not_waited_for_longer_than_set(silent_server: str):
    with Client(silent_server, timeout=0.2) as client, pytest.raises(Unreachable, match="timed out"):
        client.metrics.summary()


# -- Servers that are none ---------------------------------------------------------------------


@pytest.mark.parametrize("token", ["…", "two words", "line\nbreak"])
def test_a_token_that_cannot_be_is_refused_unprinted(token: str):
    with pytest.raises(ValueError, match="as it was printed") as raised:
        Client("https://desk.example", token)
    assert token not in str(raised.value)


def test_the_token_is_for_this_server_alone(redirecting: str):
    """Neither face follows a stream to where it is sent."""

    async def listen() -> None:
        async with AsyncClient(redirecting, "a-token") as client:
            await anext(client.pressure())

    with Client(redirecting, "a-token") as client, pytest.raises(Refused, match="302 Found"):
        next(client.pressure())
    with pytest.raises(Refused, match="302 Found"):
        asyncio.run(listen())


def test_a_client_that_is_closed_ends_its_streams(house: House, address: str):
    client = Client(address)
    seen: list[Any] = []
    watcher = Thread(target=lambda: seen.extend(client.pressure()), daemon=True)
    watcher.start()
    until(lambda: client._hands, "listening")
    client.close()
    watcher.join(10)
    assert not watcher.is_alive()


def test_an_asynchronous_client_that_is_closed_ends_its_streams(address: str):
    async def watch() -> None:
        client = AsyncClient(address)
        markets = client.pressure()
        await anext(markets)

        async def rest() -> None:
            async for _ in markets:
                pass

        watching = asyncio.create_task(rest())
        await client.close()
        await asyncio.wait_for(watching, 10)

    asyncio.run(watch())

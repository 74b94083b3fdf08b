"""A stream is followed by the rules of docs/websocket.md; steps are carried out by hand, and time is handed in."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.frames import Close
from websockets.http11 import Response

from realtime_strategies_client import errors
from realtime_strategies_client.firing import FiringView
from realtime_strategies_client.following import LONGEST_PAUSE_SECONDS, RESYNC, SILENT_SECONDS, follow
from realtime_strategies_client.live import NO_CONNECTION, Book, BookView, Market, MarketView
from realtime_strategies_client.steps import Connect, Disconnect, Receive, Send, Show, Wait
from tests.factories import Clock

START = 1_790_000_000.0
SILENCE = None


class Script:
    """What happens on a stream: texts and faults as they come, and all that is done about them."""

    def __init__(self, view: Any) -> None:
        self.clock = Clock()
        self.clock.now = 0.0
        self.series = follow("/pressure/", view, monotonic=self.clock, uniform=lambda low, high: high)
        self.step = next(self.series)
        self.sent: list[str] = []
        self.waits: list[float] = []
        self.connections = 0

    def hear(self, *happening: Any) -> list[Any]:
        """What is shown while this happens: frames, faults, None for silence; several frames at once in a list."""
        coming = list(happening)
        shown: list[Any] = []
        waiting: list[str] = []
        while True:
            match self.step:
                case Receive(seconds=0):
                    self._on(waiting.pop(0) if waiting else None)
                case Receive(seconds=seconds):
                    if not coming:
                        return shown
                    event = coming.pop(0)
                    if isinstance(event, list):
                        event, *waiting = event
                    self.clock.now += 0 if event else seconds
                    self._on(event)
                case Connect():
                    self.connections += 1
                    if coming and isinstance(coming[0], InvalidStatus | OSError):
                        self._on(coming.pop(0))
                    else:
                        self._on(None)
                case Show(item=item):
                    shown.append(item)
                    self._on(None)
                case Send(text=text):
                    self.sent.append(text)
                    self._on(None)
                case Wait(seconds=seconds):
                    self.waits.append(seconds)
                    self._on(None)
                case Disconnect():
                    self._on(None)

    def _on(self, outcome: Any) -> None:
        thrown = isinstance(outcome, Exception)
        self.step = self.series.throw(outcome) if thrown else self.series.send(outcome)


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(START + seconds, UTC).isoformat()


def row(price: float, at: float = 0.0, state: str = "live") -> dict[str, Any]:
    numbers = dict.fromkeys(("net_pressure", "imbalance_percent", "spread_bps", "total_liquidity"), 1.0)
    market = {"symbol": "A", "venue": "binance", "form": "spot"}
    return {**market, **numbers, "timestamp": iso(at), "state": state, "mid_price": price, "trend": "neutral"}


def frame(kind: str, seq: int, epoch: str = "a", at: float = 0.0, **more: Any) -> str:
    summary = {
        "timestamp": iso(at),
        "symbols_tracked": 1,
        "symbols_excluded": {},
        "market_sentiment": dict.fromkeys(("bullish_symbols", "bearish_symbols", "neutral_symbols"), 0)
        | {"avg_net_pressure": None, "avg_imbalance_ratio": None},
        "liquidity": {"avg_spread_bps": None, "total_notional": {}},
        "top_pressure_symbols": {"highest_buy_pressure": [], "highest_sell_pressure": []},
    }
    body = {"type": kind, "epoch": epoch, "seq": seq, "sent_at": iso(at), "feed": "live", "summary": summary}
    return json.dumps({**body, "symbols": {}, **more})


def heartbeat(at: float = 0.0, /, **more: Any) -> str:
    return json.dumps({"type": "heartbeat", "sent_at": iso(at), "feed": "live", **more})


def snapshot(seq: int = 1, epoch: str = "a", at: float = 0.0, **rows: float) -> str:
    return frame("snapshot", seq, epoch, at, symbols={name: row(price, at) for name, price in rows.items()})


def update(seq: int, epoch: str = "a", at: float = 0.0, removed: Iterable[str] = (), **rows: float) -> str:
    symbols = {name: row(price, at) for name, price in rows.items()}
    return frame("update", seq, epoch, at, symbols=symbols, removed=list(removed))


def closed(code: int, reason: str = "") -> ConnectionClosedError:
    return ConnectionClosedError(Close(code, reason), None)


def denied(status: int, **headers: str) -> InvalidStatus:
    named = Headers({name.replace("_", "-"): value for name, value in headers.items()})
    return InvalidStatus(Response(status, "", named))


def prices(market: Market) -> dict[str, float | None]:
    return {symbol: row.mid_price for symbol, row in market.rows.items()}


@pytest.fixture
def script() -> Script:
    return Script(MarketView())


# -- Numbers in sequence -----------------------------------------------------------------------


def test_updates_are_applied_to_the_whole(script: Script):
    shown = script.hear(snapshot(7, A=1, B=2), update(8, A=3, C=4), update(9, removed=["B"]))
    assert [prices(each) for each in shown] == [{"A": 1, "B": 2}, {"A": 3, "B": 2, "C": 4}, {"A": 3, "C": 4}]
    assert all(each.is_live for each in shown)


def test_a_state_once_shown_is_not_changed_by_later_frames(script: Script):
    first, _ = script.hear(snapshot(7, A=1), update(8, A=3))
    assert prices(first) == {"A": 1}


def test_what_has_waited_is_taken_together(script: Script):
    (only,) = script.hear([snapshot(7, A=1), update(8, A=2), update(9, A=3)])
    assert prices(only) == {"A": 3}


def test_what_was_seen_is_ignored(script: Script):
    shown = script.hear(snapshot(7, A=1), update(7, A=0), update(6, A=0), update(8, A=2))
    assert prices(shown[-1]) == {"A": 2}
    assert not script.sent


@pytest.mark.parametrize("next_one", [update(9, A=0), update(8, "b", A=0), update(1, "b", A=0)])
def test_after_a_gap_or_in_a_new_epoch_nothing_is_shown_until_a_snapshot(script: Script, next_one: str):
    assert [prices(each) for each in script.hear(snapshot(7, A=1), next_one)] == [{"A": 1}]
    assert script.sent == [RESYNC]
    assert script.hear(update(10, A=0), heartbeat()) == []
    assert script.sent == [RESYNC]  # asked for once
    shown = script.hear(snapshot(3, "b", A=5), update(4, "b", A=6))
    assert [prices(each) for each in shown] == [{"A": 5}, {"A": 6}]


def test_a_snapshot_that_never_comes_is_not_waited_for(script: Script):
    script.hear(snapshot(7, A=1), update(9, A=0))
    for seconds in (5.0, 10.0, 15.0):
        script.clock.now = seconds
        shown = script.hear(heartbeat(seconds))
    assert [each.trouble for each in shown] == ["No connection: only late frames came, or no snapshot"]
    assert script.connections == 2


def test_frames_of_kinds_to_come_are_passed_over(script: Script):
    shown = script.hear(snapshot(7, A=1), json.dumps({"type": "weather", "seq": 99}), update(8, A=2))
    assert prices(shown[-1]) == {"A": 2}


# -- What is old is never fresh ----------------------------------------------------------------


def test_a_heartbeat_reports_that_the_feed_is_silent(script: Script):
    _, silent, back = script.hear(snapshot(7, A=1), heartbeat(feed="silent"), heartbeat())
    assert (silent.is_live, silent.trouble) == (False, "No feed is heard")
    assert back.is_live


@pytest.mark.parametrize(
    ("reported", "trouble"),
    [
        ({"nats_away_since": iso(0)}, "The feed has had no connection to NATS since"),
        ({"store_away_since": iso(0), "feed": "silent"}, "The web process has not reached the store since"),
    ],
)
def test_what_keeps_numbers_from_being_of_now_is_reported(
    script: Script, reported: dict[str, str], trouble: str
):
    _, shown = script.hear(snapshot(7, A=1), heartbeat(**reported))
    assert shown.trouble.startswith(trouble)


def test_without_a_connection_nothing_is_live(script: Script):
    _, lost = script.hear(snapshot(7, A=1), closed(1006))
    assert not lost.is_live
    assert (lost.rows["A"].state, lost.rows["A"].reason) == ("stale", NO_CONNECTION)
    (back,) = script.hear(snapshot(1, "b", A=2))
    assert (back.is_live, back.rows["A"].state, back.rows["A"].mid_price) == (True, "live", 2)


def test_after_a_reconnection_nothing_is_taken_before_a_snapshot(script: Script):
    script.hear(snapshot(7, A=1), closed(1006))
    assert script.hear(update(8, A=2), heartbeat()) == []


def test_a_server_that_falls_silent_is_left(script: Script):
    _, lost = script.hear(snapshot(7, A=1), SILENCE)
    assert lost.trouble == f"No connection: nothing was heard for {SILENT_SECONDS:.0f} s"
    assert script.connections == 2


def test_ages_grow_with_frames_that_do_not_mention_a_row_and_while_a_state_is_kept(script: Script):
    (first,) = script.hear(snapshot(7, at=0.0, A=1))
    assert first.age_ms("A") == 0
    script.clock.now = 4.0
    (later,) = script.hear(update(8, at=4.0, B=1))
    assert (later.age_ms("A"), later.age_ms("B"), first.age_ms("A")) == (4000, 0, 4000)
    script.clock.now = 5.0
    assert later.age_ms("B") == 1000


def test_a_reader_that_was_away_is_not_shown_what_had_waited(script: Script):
    """Frames of then come first, all at once, and only then one of now."""
    script.hear(snapshot(7, at=0.0, A=1))
    script.clock.now = 10.0
    assert script.hear([update(8, at=0.25, A=2), update(9, at=0.5, A=3)]) == []
    (caught_up,) = script.hear(update(10, at=9.9, B=1))
    assert prices(caught_up) == {"A": 3, "B": 1}
    assert caught_up.age_ms("A") == pytest.approx(9500, abs=20)


def test_who_does_not_catch_up_begins_anew(script: Script):
    script.hear(snapshot(7, at=0.0, A=1))
    for step in range(1, 6):
        script.clock.now = 10.0 * step
        shown = script.hear(update(7 + step, at=0.25 * step, A=2))
        if shown:
            break
    assert "late" in shown[0].trouble
    assert script.connections == 2


def test_clocks_that_differ_do_no_harm(script: Script):
    (first,) = script.hear(snapshot(7, at=-3600.0, A=1))
    script.clock.now = 1.0
    (second,) = script.hear(update(8, at=-3599.0))
    assert (first.is_live, second.age_ms("A")) == (True, 1000)


def test_the_age_of_a_kept_state_does_not_follow_a_later_connection(script: Script):
    script.hear(snapshot(7, at=0.0, A=1))
    _, lost = script.hear(closed(1006), closed(1006))[:2]
    script.clock.now = 60.0
    assert lost.age_ms("A") == 60_000


# -- Connections that come and go --------------------------------------------------------------


@pytest.mark.parametrize("code", [1000, 1001, 1006, 1011, 1012])
def test_after_a_close_that_is_nobodys_fault_it_connects_again(script: Script, code: int):
    _, lost = script.hear(snapshot(7, A=1), closed(code))
    assert lost.trouble == f"The connection was closed ({code})"
    assert script.connections == 2


@pytest.mark.parametrize("code", [1008, 1009, 4000, 4403])
def test_who_was_sent_away_reports_it_and_stays_away(script: Script, code: int):
    with pytest.raises(errors.StreamClosed, match="too many messages") as raised:
        script.hear(snapshot(7, A=1), closed(code, "too many messages"))
    assert raised.value.code == code


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, errors.NotAuthenticated),
        (403, errors.PermissionDenied),
        (404, errors.NotFound),
        (301, errors.Refused),
    ],
)
def test_a_handshake_that_would_be_refused_again_is_reported(
    script: Script, status: int, error: type[errors.Refused]
):
    with pytest.raises(error, match=str(status)):
        script.hear(denied(status))


@pytest.mark.parametrize("status", [429, 503])
def test_where_there_is_no_place_it_comes_again_when_it_is_asked_to(script: Script, status: int):
    (reported,) = script.hear(denied(status, Retry_After="40"))
    assert str(status) in reported.trouble
    assert 40 < script.waits[0] < 42


def test_pauses_grow_to_a_bound_and_begin_anew_after_a_good_connection(script: Script):
    script.hear(*[ConnectionRefusedError("nobody there")] * 10)
    assert script.waits[:5] == [1, 2, 4, 8, 16]
    assert script.waits[-1] == LONGEST_PAUSE_SECONDS
    script.hear(snapshot(7, A=1))
    script.clock.now += 60
    script.hear(heartbeat(60.0), closed(1006))
    assert script.waits[-1] < 1


def test_a_server_that_hangs_up_after_every_snapshot_is_not_hammered(script: Script):
    for _ in range(8):
        script.hear(snapshot(7, A=1), closed(1011))
    assert script.waits[-1] == LONGEST_PAUSE_SECONDS


def test_pauses_differ_from_client_to_client():
    asked: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        asked.append((low, high))
        return low

    series = follow("/pressure/", MarketView(), uniform=uniform)
    next(series)
    steps = [series.throw(ConnectionRefusedError()), next(series), next(series)]
    assert steps[-1] == Wait(0.5)
    assert asked == [(0.5, 1.0)]


def test_an_error_of_the_server_about_what_was_asked_ends_the_stream(script: Script):
    with pytest.raises(errors.StreamClosed, match="A symbol is") as raised:
        script.hear(json.dumps({"type": "error", "code": "BAD_SYMBOLS", "message": "A symbol is …"}))
    assert raised.value.code == "BAD_SYMBOLS"


# -- One book ----------------------------------------------------------------------------------


def book_frame(kind: str, seq: int, age_ms: int = 0, at: float = 0.0) -> str:
    def of(*names: str) -> dict[str, Any]:
        return dict.fromkeys(names, 1.0)

    metrics = {
        "symbol": "A",
        "venue": "binance",
        "form": "spot",
        "timestamp": iso(at),
        "state": "live",
        "age_ms": age_ms,
        "levels_used": 20,
        "imbalance": of("ratio", "percent", "bid_volume", "ask_volume"),
        "pressure": of("buy_pressure", "sell_pressure", "net_pressure") | {"interpretation": None},
        "liquidity": of(
            "total",
            "bid_depth_5",
            "ask_depth_5",
            "bid_depth_10",
            "ask_depth_10",
            "bid_notional",
            "ask_notional",
        ),
        "spread": of("best_bid", "best_ask", "spread_abs", "spread_bps", "mid_price", "microprice"),
        "vwap": of("bid", "ask", "spread"),
        "order_book_quality": dict.fromkeys(("bid_levels", "ask_levels", "total_levels"), 1),
        "strongest_levels": {"bid": None, "ask": None},
    }
    ladder = {"bids": [[1.0, 2.0]], "asks": [[3.0, 4.0]]}
    body = {"type": kind, "epoch": "a", "seq": seq, "feed": "live", "symbol": "A", "halt": None}
    numbers = row(1.0, at) | {"cost_bps_10s": 12.5}
    return json.dumps({**body, "metrics": metrics, "row": numbers, "ladder": ladder})


def test_a_book_that_is_taken_back_leaves_no_numbers():
    script = Script(BookView("A"))
    first, gone, back = script.hear(
        book_frame("snapshot", 4), json.dumps({"type": "removed", "symbol": "A"}), book_frame("snapshot", 6)
    )
    assert (first.is_live, first.ladder.bids, first.ladder.asks) == (True, [(1.0, 2.0)], [(3.0, 4.0)])
    assert first.row.cost_bps_10s == 12.5
    assert gone == Book(symbol="A", trouble=None, feed="live")
    assert not gone.is_live
    assert gone.age_ms is None
    assert back.is_live


def test_a_book_nobody_knows_yet_is_waited_for():
    script = Script(BookView("A"))
    unknown = json.dumps({"type": "error", "code": "NOT_TRACKED", "message": "Not yet."})
    none, first = script.hear(unknown, book_frame("snapshot", 1))
    assert (none.metrics, first.is_live) == (None, True)


def test_the_age_of_a_book_is_asked_for():
    script = Script(BookView("A"))
    (book,) = script.hear(book_frame("snapshot", 4, age_ms=700))
    assert book.age_ms == 700
    script.clock.now = 2.0
    assert book.age_ms == 2700


def test_a_lost_book_is_stale():
    script = Script(BookView("A"))
    _, lost = script.hear(book_frame("snapshot", 4), SILENCE)
    assert (lost.is_live, lost.metrics.state, lost.metrics.reason) == (False, "stale", NO_CONNECTION)
    assert (lost.row.state, lost.row.reason) == ("stale", NO_CONNECTION)


# -- What fires --------------------------------------------------------------------------------


def alert(number: int, **changes: Any) -> dict[str, Any]:
    names = (
        *("rule", "resolved_at", "resolved_because", "unjudged_since", "acknowledged_at"),
        *("acknowledged_by", "acknowledged_note", "silenced_until"),
    )
    words = dict.fromkeys(("rule_name", "watch", "comparison", "unit", "severity", "symbol", "market"), "a")
    numbers = dict.fromkeys(("threshold", "value_at_firing", "worst_value"), 1.0)
    times = dict.fromkeys(("pending_since", "fired_at"), iso(0.0))
    return {"id": number, "rule_version": 1, **dict.fromkeys(names), **words, **numbers, **times, **changes}


def alerts_frame(kind: str, seq: int, firing: int, /, **more: Any) -> str:
    standing = {"firing": firing, "unattended": {"critical": firing}, "is_watched": True, "newest": 9}
    return json.dumps({"type": kind, "epoch": "a", "seq": seq, "sent_at": iso(0.0), **standing, **more})


def event(number: int, state: str, **changes: Any) -> dict[str, Any]:
    return {"key": f"{number}.{state}", "state": state, **alert(number, **changes)}


def keys(shown: Any) -> list[str]:
    return [each.key for each in shown.events]


def test_each_event_of_alerts_comes_once_however_many_frames_come_together():
    script = Script(FiringView())
    (first,) = script.hear(alerts_frame("snapshot", 1, 1, alerts=[alert(1)]))
    assert (first.is_live, first.firing, set(first.alerts), first.events) == (True, 1, {1}, ())
    over = event(1, "resolved", resolved_at=iso(1.0), resolved_because="back")
    frames = [
        alerts_frame("update", 2, 2, events=[event(2, "firing")]),
        alerts_frame("update", 3, 1, events=[over]),
    ]
    (second,) = script.hear(frames)
    assert (keys(second), set(second.alerts)) == (["2.firing", "1.resolved"], {2})
    (beat,) = script.hear(json.dumps({"type": "heartbeat", "sent_at": iso(5.0)}))
    assert (keys(beat), set(beat.alerts), beat.unattended) == ([], {2}, {"critical": 1})


def test_what_fires_is_not_of_now_while_the_database_or_the_connection_is_away():
    script = Script(FiringView())
    away = json.dumps({"type": "error", "code": "STORE_UNAVAILABLE", "message": "Nobody knows."})
    (unknown,) = script.hear(away)
    assert unknown.trouble == "Nobody knows."
    known, lost = script.hear(alerts_frame("snapshot", 1, 1, alerts=[alert(1)]), SILENCE)
    assert (known.is_live, lost.is_live, set(lost.alerts)) == (True, False, {1})


def test_a_missed_frame_of_alerts_makes_for_a_snapshot():
    script = Script(FiringView())
    script.hear(alerts_frame("snapshot", 1, 1, alerts=[alert(1)]))
    assert script.hear(alerts_frame("update", 3, 2, events=[event(3, "firing")])) == []
    assert script.sent == [RESYNC]
    (whole,) = script.hear(alerts_frame("snapshot", 3, 3, alerts=[alert(number) for number in (1, 2, 3)]))
    assert (set(whole.alerts), whole.events) == ({1, 2, 3}, ())

"""Frames as pure values: what they say, about what, and how often they are rendered."""

import json

import pytest

from metrics.answers.market import row_answer
from metrics.domain.choice import read_choice
from metrics.domain.market import CROSSED, ONE_SIDED, Expiry, MarketRow
from metrics.push import frames as frames_module
from metrics.push.frames import EVERYTHING, Filter, MarketFrames, depth_frame, removed_frame
from tests.factories import START, market_id, market_row, stored_book

BTC, ETH, XRP = "BTCUSDT", "ETHUSDT", "XRPUSDT"
ONLY_BTC = Filter(frozenset([BTC]))


def batch(seq: int = 1, epoch: str = "run-1", feed: str = "host/0/1", removed: tuple[str, ...] = ()):
    return {
        "type": "market.batch",
        "feed": feed,
        "epoch": epoch,
        "seq": seq,
        "rows": [],
        "removed": list(removed),
    }


def take(frames: MarketFrames, batch, rows, now: float) -> bool:
    """Take in all of a batch; does it follow the one before?"""
    follows = frames.follow(batch, now)
    frames.apply(batch, rows, now)
    return follows


def rows(*symbols: str, **changes):
    """Of symbols at one market each."""
    return [[market_row(symbol=symbol, **changes)] for symbol in symbols]


def held(*symbols: str, **changes):
    """What the store holds of them."""
    return dict(zip(symbols, rows(*symbols, **changes), strict=True))


@pytest.fixture
def frames() -> MarketFrames:
    frames = MarketFrames(Expiry(stale_after=5, ttl=60), interval_ms=250)
    frames.load(held(BTC, ETH), START)
    return frames


# -- Snapshot --------------------------------------------------------------------------------


def test_snapshot_holds_everything_known(frames):
    frame = json.loads(frames.snapshot(EVERYTHING, START + 1))
    assert frame == {
        "type": "snapshot",
        "epoch": frames.epoch,
        "seq": 0,
        "interval_ms": 250,
        "sent_at": "2023-11-14T22:14:00.000Z",
        "feed": "silent",
        "markets": ["binance/spot"],
        "summary": frame["summary"],
        "symbols": {BTC: frame["symbols"][BTC], ETH: frame["symbols"][ETH]},
    }
    assert frame["symbols"][BTC] == {
        "timestamp": "2023-11-14T22:14:00.000Z",
        "state": "live",
        "reason": None,
        "age_ms": 1000,
        "halted": False,
        "symbol": BTC,
        "venue": "binance",
        "form": "spot",
        "net_pressure": 50.0,
        "imbalance_percent": 50.0,
        "spread_bps": 10.0,
        "spread_bps_10s": 12.5,
        "total_liquidity": 6.8,
        "known_to_bps": 41.3704,
        "cost_bps": 12.3457,
        "cost_bps_10s": 12.0,
        "cost_at_least_bps_10s": 12.0,
        "depth_usd": 12345.6789012,
        "depth_usd_10s": 12000.0,
        "usd_per_quote": 1.0,
        "mid_price": 100.25,
        "quote_asset": "USDT",
        "trend": "neutral",
    }
    assert frame["summary"]["symbols_tracked"] == 2
    assert frame["summary"]["market_sentiment"]["avg_net_pressure"] == 50.0


def test_snapshot_of_a_filter_holds_its_symbols_and_the_whole_markets_summary(frames):
    frame = json.loads(frames.snapshot(Filter(frozenset([BTC, "NOSUCH"])), START))
    assert list(frame["symbols"]) == [BTC]
    assert frame["summary"]["symbols_tracked"] == 2


def test_snapshot_of_an_empty_market(frames):
    frames.load({}, START)
    frame = json.loads(frames.snapshot(EVERYTHING, START))
    assert frame["symbols"] == {}
    assert frame["summary"]["market_sentiment"]["avg_net_pressure"] is None


def test_expired_rows_are_not_loaded(frames):
    frames.load(held(BTC, received_at=START - 61), START)
    assert json.loads(frames.snapshot(EVERYTHING, START))["symbols"] == {}


@pytest.mark.parametrize("book", [ONE_SIDED, CROSSED])
def test_what_cannot_be_known_is_null(frames, book):
    unknown = {"imbalance_ratio": None, "spread_bps": None, "mid_price": None}
    frames.load(held(BTC, book=book, **unknown), START)
    row = json.loads(frames.snapshot(EVERYTHING, START))["symbols"][BTC]
    assert row["state"] == book
    assert row["net_pressure"] is row["imbalance_percent"] is row["spread_bps"] is row["mid_price"] is None


# -- Update ----------------------------------------------------------------------------------


def test_update_holds_the_changed_symbols_only(frames):
    assert take(frames, batch(), rows(BTC, imbalance_ratio=-0.25), START + 1)
    frames.begin_update()
    frame = json.loads(frames.update(EVERYTHING, START + 1))
    assert (frame["type"], frame["epoch"], frame["seq"]) == ("update", frames.epoch, 1)
    assert {symbol: row["net_pressure"] for symbol, row in frame["symbols"].items()} == {BTC: -25.0}
    assert frame["removed"] == []
    assert frame["feed"] == "live"


def test_update_names_the_removed(frames):
    take(frames, batch(removed=(ETH,)), [], START)
    frames.begin_update()
    frame = json.loads(frames.update(EVERYTHING, START))
    assert (frame["symbols"], frame["removed"]) == ({}, [ETH])
    assert frame["summary"]["symbols_tracked"] == 1
    assert list(json.loads(frames.snapshot(EVERYTHING, START))["symbols"]) == [BTC]


def test_update_of_a_filter_is_numbered_even_when_it_says_nothing(frames):
    take(frames, batch(removed=(ETH,)), rows(XRP), START)
    frames.begin_update()
    frame = json.loads(frames.update(ONLY_BTC, START))
    assert (frame["seq"], frame["symbols"], frame["removed"]) == (1, {}, [])
    frame = json.loads(frames.update(Filter(frozenset([ETH, XRP])), START))
    assert (list(frame["symbols"]), frame["removed"]) == ([XRP], [ETH])


def test_updates_are_numbered_one_by_one(frames):
    for number in range(1, 4):
        take(frames, batch(number), rows(BTC), START)
        frames.begin_update()
        assert json.loads(frames.update(EVERYTHING, START))["seq"] == number


# -- Rendered once ---------------------------------------------------------------------------


def test_every_frame_is_rendered_once_per_filter(frames, monkeypatch):
    rendered = []

    def encode(frame):
        rendered.append(frame)
        return f"frame {len(rendered)}"

    monkeypatch.setattr(frames_module, "encode", encode)
    take(frames, batch(), rows(BTC), START)
    frames.begin_update()
    first = [frames.update(EVERYTHING, START) for _ in range(3)]
    assert first[0] is first[1] is first[2]
    assert [frame.get("type") for frame in rendered] == [None, "update"]  # the summary, and one frame
    assert frames.update(ONLY_BTC, START) is frames.update(ONLY_BTC, START)
    assert len(rendered) == 3  # the summary is shared between filters


def of_venues(venues: str | None = None) -> Filter:
    return Filter(choice=read_choice(venues, None))


@pytest.fixture
def at_two_venues() -> MarketFrames:
    frames = MarketFrames(Expiry(stale_after=5, ttl=60), interval_ms=250)
    both = [market_row(), market_row(market="okx/spot", received_at=START - 30)]
    frames.load({BTC: both}, START)
    return frames


def test_venues_that_are_nowhere_have_no_frames_of_their_own(at_two_venues):
    """Any client may invent some, and what it is told then is what others are told."""
    frames = at_two_venues
    invented = [f"zzz{number}" for number in range(30)]
    assert len({id(frames.snapshot(of_venues(name), START)) for name in invented}) == 1
    assert frames.snapshot(of_venues("zza,zzb"), START) is frames.snapshot(of_venues("zzc,zzd"), START)
    lists = {id(frames.snapshot(of_venues(f"okx,{name}"), START)) for name in invented}
    assert len(lists) == 1
    assert list(json.loads(frames.snapshot(of_venues("okx,zzz"), START))["symbols"]) == [f"{BTC}@okx"]
    assert list(json.loads(frames.snapshot(of_venues("okx"), START))["symbols"]) == [BTC]
    assert json.loads(frames.snapshot(of_venues("zzz"), START))["symbols"] == {}


def test_whoever_asked_for_a_venue_that_is_gone_with_this_update_is_told_so(at_two_venues):
    frames = at_two_venues
    assert frames.sweep(START + 40)
    frames.begin_update()
    told = {
        asked: json.loads(frames.update(of_venues(asked), START + 40))["removed"]
        for asked in ("okx", "okx,binance", "binance,zzz", "*")
    }
    assert told == {"okx": [BTC], "okx,binance": [f"{BTC}@okx"], "binance,zzz": [], "*": [f"{BTC}@okx"]}


def test_a_venue_that_is_new_is_told_to_whoever_has_asked_for_it_before(at_two_venues):
    frames = at_two_venues
    asked = of_venues("binance,kraken")
    assert list(json.loads(frames.snapshot(asked, START))["symbols"]) == [f"{BTC}@binance"]
    take(frames, batch(), [[market_row(), market_row(market="kraken/spot")]], START)
    frames.begin_update()
    assert sorted(json.loads(frames.update(asked, START))["symbols"]) == [f"{BTC}@binance", f"{BTC}@kraken"]


def test_where_anything_is_traded_is_looked_for_once_an_update(at_two_venues, monkeypatch):
    frames = at_two_venues
    markets = iter([frames.view.markets()])
    monkeypatch.setattr(frames.view, "markets", lambda: next(markets))
    frames.begin_update()
    for asked in (None, "okx", "binance", "okx,binance", "*"):
        frame = json.loads(frames.update(of_venues(asked), START))
        assert frame["markets"] == ["binance/spot", "okx/spot"]


def test_next_update_is_rendered_anew(frames):
    take(frames, batch(1), rows(BTC), START)
    frames.begin_update()
    before = frames.update(EVERYTHING, START)
    take(frames, batch(2), rows(ETH), START)
    frames.begin_update()
    assert frames.update(EVERYTHING, START) != before


def test_snapshot_is_not_served_from_yesterday(frames):
    """A market in which nothing changes still ages, and its feed comes and goes."""
    assert json.loads(frames.snapshot(EVERYTHING, START))["feed"] == "silent"
    take(frames, batch(), [], START + 3)
    frames.sweep(START + 3)
    frame = json.loads(frames.snapshot(EVERYTHING, START + 3))
    assert frame["feed"] == "live"
    assert frame["sent_at"] == "2023-11-14T22:14:03.000Z"
    assert frame["symbols"][BTC]["age_ms"] == 3000


# -- As of when ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "as_of"),
    [
        ({"sent_at": START + 2}, START + 2),
        ({}, START + 7),  # a feed that does not say: as it was taken in
        ({"sent_at": START + 50}, START + 7),  # no frame is of the future
        ({"sent_at": START - 50}, START),  # what was loaded is newer
    ],
)
def test_frames_are_as_of_the_newest_batch(frames, said, as_of):
    take(frames, batch() | said, [], START + 7)
    assert frames.as_of == as_of


# -- Following feeds -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "then", "follows"),
    [
        ([(7, "run-1")], (8, "run-1"), True),
        ([(7, "run-1")], (9, "run-1"), False),
        ([(7, "run-1")], (7, "run-1"), False),
        ([(7, "run-1")], (6, "run-1"), False),
        ([(7, "run-1")], (1, "run-2"), False),
        ([(7, "run-1")], (8, "run-2"), False),
        ([], (4711, "run-1"), True),  # heard for the first time after loading
        ([(7, "run-1"), (1, "run-2")], (2, "run-2"), True),
        ([(7, "run-1"), (1, "run-2")], (8, "run-1"), True),  # the old run is not quite gone
    ],
)
def test_batch_follows_the_one_before_of_the_same_run(frames, seen, then, follows):
    for seq, epoch in seen:
        take(frames, batch(seq, epoch), [], START)
    assert take(frames, batch(*then), [], START) is follows


def test_feeds_are_numbered_independently(frames):
    assert take(frames, batch(5, feed="a/0/2"), [], START)
    assert take(frames, batch(90, feed="b/1/2"), [], START)
    assert take(frames, batch(6, feed="a/0/2"), [], START)
    assert take(frames, batch(91, feed="b/1/2"), [], START)


def test_runs_and_feeds_that_have_been_silent_for_an_hour_are_forgotten(frames):
    for number in range(100):
        take(frames, batch(1, f"run-{number}"), [], START)
        take(frames, batch(1, "run", f"host-{number}/0/1"), [], START)
    frames.sweep(START + 3_600)
    take(frames, batch(2, "run-7"), [], START + 3_600)
    frames.sweep(START + 3_601)
    assert {feed: [*runs] for feed, runs in frames._links.items()} == {"host/0/1": ["run-7"]}
    assert not frames.follow(batch(1, "run-100"), START + 3_602)
    assert frames.follow(batch(3, "run-7"), START + 3_602)


def test_loading_begins_a_new_epoch(frames):
    before = frames.epoch
    take(frames, batch(), rows(BTC), START)
    frames.begin_update()
    frames.load(held(XRP), START)
    frame = json.loads(frames.snapshot(EVERYTHING, START))
    assert frame["epoch"] == frames.epoch != before
    assert (frame["seq"], list(frame["symbols"])) == (0, [XRP])


def test_what_was_loaded_stays_where_a_batch_from_before_is_older(frames):
    frames.load(held(BTC, ETH, received_at=START + 9), START + 10)
    late = batch(removed=(ETH,)) | {"sent_at": START + 8}
    take(frames, late, rows(BTC, received_at=START + 7, imbalance_ratio=-0.25), START + 11)
    assert not frames.has_news
    assert frames.as_of == START + 10


def test_what_had_not_been_stored_when_it_was_loaded_is_taken(frames):
    frames.load(held(BTC, ETH, received_at=START + 7), START + 10)
    late = batch(removed=(ETH,)) | {"sent_at": START + 9.9}
    take(frames, late, [*rows(BTC, received_at=START + 8), *rows(XRP, received_at=START + 8)], START + 11)
    frames.begin_update()
    assert (frames.changed, [*frames.removed], [*frames.gone]) == ({BTC, XRP}, [ETH], [market_id(ETH)])


def test_a_clock_that_is_put_back_stops_no_rows(frames):
    frames.load(held(BTC, received_at=START + 9), START)
    take(frames, batch() | {"sent_at": START + 1}, rows(BTC, received_at=START + 1), START + 1)
    assert frames.has_news


# -- Backlogs --------------------------------------------------------------------------------


class CountedRows(dict[str, list[MarketRow]]):
    """Rows that count how often one is looked at."""

    looks = 0

    def __getitem__(self, name: str) -> list[MarketRow]:
        self.looks += 1
        return super().__getitem__(name)

    def get(self, name, default=None):
        self.looks += 1
        return super().get(name, default)

    def items(self):
        self.looks += len(self)
        return super().items()


@pytest.mark.parametrize("loaded_at", [START, START + 10])
def test_a_batch_costs_no_more_where_many_have_been_taken_in_before_it(frames, loaded_at):
    known = rows(*(f"S{number}USDT" for number in range(100)))
    frames.load({}, loaded_at)
    frames.view.rows = counted = CountedRows()
    frames.apply(batch(), known, START)
    news, counted.looks = frames._news, 0
    frames.apply(batch(2, removed=(ETH,)) | {"sent_at": START}, rows(BTC, "S1USDT"), START)
    assert counted.looks <= 2 * 3
    assert frames._news is news, "news are added to, not copied"


# -- Time ------------------------------------------------------------------------------------


def test_time_alone_makes_stale_and_removes(frames):
    assert not frames.sweep(START + 5)
    assert frames.sweep(START + 5.1)
    frames.begin_update()
    frame = json.loads(frames.update(EVERYTHING, START + 5.1))
    assert {symbol: row["state"] for symbol, row in frame["symbols"].items()} == {BTC: "stale", ETH: "stale"}
    assert frame["summary"]["symbols_excluded"] == {"stale": 2}
    assert frame["symbols"][BTC]["net_pressure"] == 50.0  # the last good number stays
    assert not frames.sweep(START + 60)
    assert frames.sweep(START + 60.1)
    frames.begin_update()
    assert (frames.changed, sorted(frames.removed)) == (set(), [BTC, ETH])


def test_stale_row_comes_back_to_life(frames):
    frames.sweep(START + 6)
    take(frames, batch(), rows(BTC, received_at=START + 7), START + 7)
    frames.begin_update()
    assert json.loads(frames.update(EVERYTHING, START + 7))["symbols"][BTC]["state"] == "live"
    assert frames.sweep(START + 12.1)
    frames.begin_update()
    assert frames.changed == {BTC}


@pytest.mark.parametrize(("silence", "state"), [(0, "live"), (3, "live"), (3.1, "silent")])
def test_heartbeat_tells_whether_any_feed_is_heard(frames, silence, state):
    take(frames, batch(feed="a/0/2"), [], START - 100)
    take(frames, batch(feed="b/1/2"), [], START)
    assert json.loads(frames.heartbeat(START + silence))["feed"] == state


@pytest.mark.parametrize(("seconds", "is_marked"), [(0, True), (60, True), (60.1, False)])
def test_what_a_run_of_a_feed_has_left_is_marked_for_as_long_as_it_is_shown(frames, seconds, is_marked):
    take(frames, batch() | {"origins": ["simulated"]}, rows(BTC), START)
    take(frames, batch(epoch="run-2"), [], START + 0.2)
    assert ("origin_notice" in frames.outages(START + seconds)) is is_marked


# -- Other frames ----------------------------------------------------------------------------


def test_depth_frame_is_the_answer_of_rest_with_the_ladder():
    expiry = Expiry(5, 60)
    frame = json.loads(
        depth_frame(
            "snapshot",
            stored_book(),
            expiry,
            2,
            START + 1,
            START,
            market_row(),
            epoch="e",
            seq=3,
            interval_ms=250,
        )
    )
    assert list(frame) == [
        "type", "epoch", "seq", "interval_ms", "sent_at", "symbol", "venue", "form", "halt", "metrics", "row",
        "liquidity", "ladder",
    ]  # fmt: skip
    assert (frame["venue"], frame["form"], frame["halt"]) == ("binance", "spot", None)
    assert (frame["type"], frame["epoch"], frame["seq"], frame["symbol"]) == ("snapshot", "e", 3, BTC)
    assert (frame["sent_at"], frame["metrics"]["age_ms"]) == ("2023-11-14T22:14:00.000Z", 1000)
    assert frame["metrics"]["levels_used"] == 2
    assert frame["metrics"]["spread"]["best_bid"] == 100.0
    assert frame["row"] == row_answer(market_row(), expiry, START + 1)
    assert frame["ladder"] == {"bids": [[100.0, 1.0], [99.5, 2.0]], "asks": [[100.5, 0.5], [101.0, 1.0]]}


def test_a_symbol_that_is_gone_is_named():
    assert json.loads(removed_frame(BTC)) == {"type": "removed", "symbol": BTC}

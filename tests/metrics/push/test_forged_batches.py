"""Whoever reaches Redis may send on the channel layer: what is no batch is left out, and the hub lives on."""

import math
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
import redis
from django.conf import settings

from metrics.store.keys import MARKET_GROUP, Keys
from metrics.store.values import BOOKS, Batch
from stored import left_out
from tests.factories import market_id, market_row
from tests.integration.forgeries import NASTY, raw_forgeries, variants
from tests.metrics.push.conftest import BTC, ETH, Desk, sent

KEYS = Keys(settings.STORE_PREFIX)
CHANNEL = f"{settings.STORE_PREFIX}__group__{MARKET_GROUP}"


def batch(desk: Desk, **changes: Any) -> dict[str, Any]:
    return {
        "type": "market.batch", "feed": "forged", "epoch": "e", "seq": 1, "sent_at": desk.clock(),
        "nats_away_since": None, "wrong_clocks": {}, "rows": [], "removed": [], **changes,
    }  # fmt: skip


async def take_all(desk: Desk, store: redis.Redis, *forged: bytes) -> list[dict[str, Any]]:
    """What a socket is told of these messages and of a true one after them."""
    socket = await desk.joined()
    for raw in forged:
        store.publish(CHANNEL, raw)
    desk.quote(BTC)
    await desk.feed.publish_once()
    while BTC not in desk.hub.frames.view.rows:
        await desk.hub.take(await desk.hub.receive())
    await desk.hub.pass_time()
    return sent(socket)


@pytest.mark.parametrize("name", raw_forgeries(Path()))
def test_bytes_of_any_kind_on_the_channel_layer(play, store: redis.Redis, tmp_path: Path, name: str):
    raw = raw_forgeries(tmp_path / "executed")[name]

    async def story(desk: Desk) -> None:
        frames = await take_all(desk, store, raw, raw)
        assert BTC in frames[-1]["symbols"]

    play(story)
    assert left_out["batches"] == 2
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize("nasty", NASTY.values(), ids=NASTY)
def test_any_part_of_a_batch_replaced(play, store: redis.Redis, nasty: Any):
    async def story(desk: Desk) -> None:
        row = msgspec.msgpack.encode([market_row(symbol=ETH, received_at=desk.clock())])
        whole = batch(desk, rows=[row], removed=["XRPUSDT"], wrong_clocks={"kraken": 1.0})
        forged = [msgspec.msgpack.encode(each) for each in variants(whole, nasty)]
        frames = await take_all(desk, store, *forged)
        assert any(BTC in frame.get("symbols", {}) for frame in frames)

    play(story)


def test_a_row_that_cannot_be_read_costs_that_row(play):
    async def story(desk: Desk) -> None:
        true = msgspec.msgpack.encode([market_row(symbol=ETH, received_at=desk.clock())])
        false = [
            b"\xc1",
            msgspec.msgpack.encode([market_row(symbol="A/B", received_at=desk.clock())]),
            msgspec.msgpack.encode(
                [market_row(symbol="XRPUSDT", received_at=desk.clock(), mid_price=math.nan)]
            ),
            msgspec.msgpack.encode([market_row(symbol="XRPUSDT", received_at=desk.clock() + 3600)]),
        ]
        await desk.hub.take([cast(Batch, batch(desk, rows=[*false, true]))])
        assert list(desk.hub.frames.view.rows) == [ETH]
        assert left_out["rows"] == 4

    play(story)


def test_a_watched_book_that_cannot_be_read_stays_as_it_was_and_follows_when_it_can(play, store: redis.Redis):
    async def story(desk: Desk) -> None:
        await desk.publish(BTC)
        socket = await desk.joined(f"/ws/depth/{BTC}/")
        store.hset(KEYS.books, market_id(BTC).name, b"nonsense")
        desk.hub.ladders.mark_due([BTC])
        await desk.hub.pass_time()
        assert sent(socket) == []
        await desk.publish(BTC)
        (frame,) = sent(socket)
        assert frame["symbol"] == BTC

    play(story)
    assert left_out[BOOKS.kind]

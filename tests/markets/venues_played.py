"""Each venue as its documentation has it: what it lists, what it answers, how its books begin, change and break.

Books have two levels a side around a price that a test moves; `truth` is what each best price and quantity is.
"""

import json
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from markets.domain.venue import Venue
from markets.venues import VENUES
from tests.markets.exchange import Exchange, Message, RestAnswer

COINS = ("BTC", "ETH", "SOL")
MOMENT = "%Y-%m-%dT%H:%M:%S.000000Z"
Levels = list[tuple[str, str]]


class Translated(NamedTuple):
    """A book as it is now: its best levels, best first."""

    bids: Levels
    asks: Levels


class Played:
    """What all venues share. `names` are the venue's own of its markets, by ours."""

    venue: Venue
    quote = "USDT"

    def __init__(self, coins: Iterable[str] = COINS) -> None:
        self.coins = list(coins)
        self.price = {self.name(coin): 100 * place for place, coin in enumerate(self.coins, 1)}
        self.number = dict.fromkeys(self.price, 10)
        self.trades_sent: dict[str, int] = {}
        self.answers_subscriptions = True
        self.refuses: frozenset[str] = frozenset()
        """Channels that it does not have."""

    def name(self, coin: str) -> str:
        return f"{coin}{self.quote}"

    def symbol(self, coin: str) -> str:
        return f"{coin}{self.quote}"

    @property
    def names(self) -> list[str]:
        return list(self.price)

    def book(self, name: str) -> Translated:
        """What the venue has now: its quantities are those of the wire."""
        price = self.price[name]
        return Translated(
            [(f"{price}.10", "2.5"), (f"{price}.00", "4.0")], [(f"{price}.20", "1.5"), (f"{price}.30", "3.0")]
        )

    def exchange(self, **more: Any) -> Exchange:
        """One that plays it."""
        return Exchange(self.speaks, self.rest(), **more)

    # -- What each venue sends in its own way ---------------------------------------------------

    def rest(self) -> dict[str, RestAnswer]:
        raise NotImplementedError

    def channels(self, message: Any) -> list[str]:
        """The channels a message asks for, as we call them; none where it asks for none."""
        raise NotImplementedError

    def speaks(self, message: Any) -> Iterator[Message]:
        raise NotImplementedError

    def snapshot(self, name: str) -> Message:
        raise NotImplementedError

    def moved(self, name: str, steps: int = 1) -> Message:
        """The change of a book whose prices rise by so much, which may leave the old ones crossed."""
        raise NotImplementedError

    def broken(self, name: str) -> Message:
        """A change that shows that one before it was missed."""
        raise NotImplementedError

    def trade(self, name: str) -> Message:
        raise NotImplementedError

    def _lifted(self, name: str, steps: int) -> tuple[Levels, Levels]:
        """Changes of both sides: what goes, and what comes."""
        before, self.price[name] = self.book(name), self.price[name] + steps
        after = self.book(name)
        self.number[name] += 1
        return (
            [(price, "0") for price, _ in before.bids] + after.bids,
            [(price, "0") for price, _ in before.asks] + after.asks,
        )


class PlayedBinance(Played):
    """Spot."""

    venue = VENUES["binance", "spot"]
    listing_paths: Mapping[str, str] = venue.listing_paths
    depth_path = "/api/v3/depth?symbol={}&limit=5000"

    def rest(self) -> dict[str, RestAnswer]:
        symbols = [
            {"symbol": self.name(coin), "baseAsset": coin, "quoteAsset": self.quote, "status": "TRADING"}
            for coin in self.coins
        ]
        days = [{"symbol": name, "quoteVolume": f"{place}.5"} for place, name in enumerate(self.names)]
        answers = {
            self.listing_paths["symbols"]: RestAnswer({"symbols": symbols}),
            self.listing_paths["days"]: RestAnswer(days),
        }
        return answers | {self.depth_path.format(name): RestAnswer(self.whole(name)) for name in self.names}

    def whole(self, name: str) -> dict[str, Any]:
        """What REST answers with a whole book."""
        return {"lastUpdateId": self.number[name], **self.book(name)._asdict()}

    def channels(self, message: Any) -> list[str]:
        return list(message["params"]) if message["method"] == "SUBSCRIBE" else []

    def speaks(self, message: Any) -> Iterator[Message]:
        if refused := self.refuses.intersection(message["params"]):
            yield json.dumps({"error": {"code": 2, "msg": f"Invalid {min(refused)}"}, "id": message["id"]})
            return
        yield json.dumps({"result": None, "id": message["id"]})
        for stream in self.channels(message):
            if self.answers_subscriptions:
                yield self.frame(stream)

    def frame(self, stream: str) -> bytes:
        """What comes next of a stream."""
        symbol, _, kind = stream.partition("@")
        name = symbol.upper()
        self.number[name] += 1
        return json.dumps(
            {"stream": stream, "data": self.data(name, kind.partition("@")[0])}, separators=(",", ":")
        ).encode()

    def data(self, name: str, kind: str) -> dict[str, Any]:
        now, number, book = round(time.time() * 1000), self.number[name], self.book(name)
        (bid, bid_size), (ask, ask_size) = book.bids[0], book.asks[0]
        levels = {"b": book.bids, "a": book.asks}
        if kind == "depth20":
            return {"lastUpdateId": number, "bids": book.bids, "asks": book.asks}
        if kind == "depth":
            return {"e": "depthUpdate", "E": now, "s": name, "U": number, "u": number, **levels}
        if kind == "trade":
            times = {"E": now, "T": now}
            return {"e": "trade", "s": name, "t": number, "p": bid, "q": "0.1", "m": True, "M": True, **times}
        if kind == "bookTicker":
            return {"u": number, "s": name, "b": bid, "B": bid_size, "a": ask, "A": ask_size}
        day = {"c": bid, "b": bid, "a": ask, "v": "1.0", "q": "2.0", "n": 3, "P": "0.1", "C": now}
        return {"e": "24hrTicker", "E": now, "s": name, **day}

    def snapshot(self, name: str) -> Message:
        return self.frame(f"{name.lower()}@depth20@100ms")

    def moved(self, name: str, steps: int = 1) -> Message:
        self.price[name] += steps
        return self.snapshot(name)

    def trade(self, name: str) -> Message:
        return self.frame(f"{name.lower()}@trade")


class PlayedBinanceUsdm(PlayedBinance):
    """USD-M."""

    venue = VENUES["binance", "usdm"]
    listing_paths = venue.listing_paths
    depth_path = "/fapi/v1/depth?symbol={}&limit=1000"

    def data(self, name: str, kind: str) -> dict[str, Any]:
        now, number, book = round(time.time() * 1000), self.number[name], self.book(name)
        times, levels = {"E": now, "T": now}, {"b": book.bids, "a": book.asks}
        if kind in ("depth20", "depth"):
            chain = {"U": number, "u": number, "pu": number - 1}
            return {"e": "depthUpdate", "s": name, **times, **chain, **levels}
        if kind == "aggTrade":
            return {
                "e": "aggTrade",
                "s": name,
                "a": number,
                "p": book.bids[0][0],
                "q": "0.1",
                "m": True,
                **times,
            }
        if kind == "bookTicker":
            return {"e": "bookTicker", **super().data(name, kind), **times}
        return {key: value for key, value in super().data(name, kind).items() if key not in "ba"}

    def book(self, name: str) -> Translated:
        """As deep as its stream's name says, as that of every market with some life."""
        price = self.price[name]
        bids = [(f"{price}.{99 - step:02d}", "2.5") for step in range(20)]
        return Translated(bids, [(f"{price + 1}.{step:02d}", "1.5") for step in range(20)])

    def trade(self, name: str) -> Message:
        return self.frame(f"{name.lower()}@aggTrade")


class PlayedOkx(Played):
    """Spot, with numbers and checksums."""

    venue = VENUES["okx", "spot"]
    kind = "SPOT"

    def name(self, coin: str) -> str:
        return f"{coin}-{self.quote}"

    def rest(self) -> dict[str, RestAnswer]:
        days = [{"instId": name, "last": "2", "volCcy24h": str(at)} for at, name in enumerate(self.names)]
        return {
            f"/api/v5/public/instruments?instType={self.kind}": RestAnswer({"data": self.instruments()}),
            f"/api/v5/market/tickers?instType={self.kind}": RestAnswer({"data": days}),
        }

    def instruments(self) -> list[dict[str, str]]:
        return [
            {"instId": self.name(coin), "state": "live", "baseCcy": coin, "quoteCcy": self.quote}
            for coin in self.coins
        ]

    def channels(self, message: Any) -> list[str]:
        if message == "ping" or message["op"] != "subscribe":
            return []
        return [f"{each['channel']}:{each['instId']}" for each in message["args"]]

    def speaks(self, message: Any) -> Iterator[Message]:
        if message == "ping":
            yield "pong"
            return
        for each in message["args"]:
            channel = f"{each['channel']}:{each['instId']}"
            if channel in self.refuses:
                yield json.dumps({"event": "error", "code": "60018", "msg": f"{channel} does not exist"})
                continue
            yield json.dumps({"event": message["op"], "arg": each, "connId": "a"})
            if message["op"] == "subscribe" and each["channel"] == "books" and self.answers_subscriptions:
                yield self.snapshot(each["instId"])

    def snapshot(self, name: str) -> Message:
        book = self.book(name)
        return self._message(name, "snapshot", book.bids, book.asks, before=-1)

    def moved(self, name: str, steps: int = 1) -> Message:
        before = self.number[name]
        bids, asks = self._lifted(name, steps)
        return self._message(name, "update", bids, asks, before)

    def broken(self, name: str) -> Message:
        self._lifted(name, 1)
        return self.moved(name)

    def trade(self, name: str) -> Message:
        self.trades_sent[name] = number = self.trades_sent.get(name, 0) + 1
        trade = {"instId": name, "tradeId": str(number), "px": self.book(name).bids[0][0], "sz": "0.1"}
        data = trade | {"side": "sell", "ts": str(round(time.time() * 1000))}
        return json.dumps({"arg": {"channel": "trades", "instId": name}, "data": [data]})

    def _message(self, name: str, action: str, bids: Levels, asks: Levels, before: int) -> Message:
        levels = {"bids": [[*each, "0", "1"] for each in bids], "asks": [[*each, "0", "1"] for each in asks]}
        numbers = {"seqId": self.number[name], "prevSeqId": before, "checksum": self.checksum(name)}
        data = levels | numbers | {"ts": str(round(time.time() * 1000))}
        arg = {"channel": "books", "instId": name}
        return json.dumps({"arg": arg, "action": action, "data": [data]})

    def checksum(self, name: str) -> int:
        """By hand, for two levels a side."""
        book = self.book(name)
        pairs = zip(book.bids, book.asks, strict=True)
        text = ":".join(f"{bid[0]}:{bid[1]}:{ask[0]}:{ask[1]}" for bid, ask in pairs)
        number = zlib.crc32(text.encode())
        return number if number < 2**31 else number - 2**32


class PlayedOkxUsdm(PlayedOkx):
    """Contracts of a hundredth of a coin."""

    venue = VENUES["okx", "usdm"]
    kind = "SWAP"

    def name(self, coin: str) -> str:
        return f"{coin}-{self.quote}-SWAP"

    def instruments(self) -> list[dict[str, str]]:
        size = {"state": "live", "ctType": "linear", "ctVal": "0.01", "ctMult": "1"}
        return [{"instId": self.name(coin), "uly": f"{coin}-{self.quote}", **size} for coin in self.coins]


class PlayedBybit(Played):
    """Spot: numbers rise by one."""

    venue = VENUES["bybit", "spot"]
    instruments_path = "/v5/market/instruments-info?category=spot"
    days_path = "/v5/market/tickers?category=spot"

    def rest(self) -> dict[str, RestAnswer]:
        data = [
            {"symbol": self.name(coin), "baseCoin": coin, "quoteCoin": self.quote, "status": "Trading"}
            for coin in self.coins
        ]
        days = [{"symbol": name, "turnover24h": str(place)} for place, name in enumerate(self.names)]
        return {
            self.instruments_path: RestAnswer({"result": {"list": data}}),
            self.days_path: RestAnswer({"result": {"list": days}}),
        }

    def channels(self, message: Any) -> list[str]:
        return list(message["args"]) if message["op"] == "subscribe" else []

    def speaks(self, message: Any) -> Iterator[Message]:
        if message["op"] == "ping":
            yield json.dumps({"success": True, "ret_msg": "pong", "conn_id": "a", "op": "ping"})
            return
        if refused := self.refuses.intersection(message["args"]):
            words = f"error:handler not found,topic:{min(refused)}"
            yield json.dumps({"success": False, "ret_msg": words, "op": message["op"]})
            return
        # The snapshot may well come before the venue has acknowledged it.
        for topic in self.channels(message):
            if topic.startswith("orderbook.") and self.answers_subscriptions:
                yield self.snapshot(topic.rpartition(".")[2])
        yield json.dumps({"success": True, "ret_msg": "", "conn_id": "a", "op": message["op"]})

    def snapshot(self, name: str) -> Message:
        book = self.book(name)
        return self._message(name, "snapshot", book.bids, book.asks)

    def moved(self, name: str, steps: int = 1) -> Message:
        return self._message(name, "delta", *self._lifted(name, steps))

    def broken(self, name: str) -> Message:
        self._lifted(name, 1)
        return self.moved(name)

    def trade(self, name: str) -> Message:
        now = round(time.time() * 1000)
        data = {
            "T": now,
            "s": name,
            "S": "Sell",
            "v": "0.1",
            "p": self.book(name).bids[0][0],
            "i": "20f-d8",
        }
        return json.dumps({"topic": f"publicTrade.{name}", "type": "snapshot", "ts": now, "data": [data]})

    def _message(self, name: str, kind: str, bids: Levels, asks: Levels) -> Message:
        now = round(time.time() * 1000)
        data = {"s": name, "b": bids, "a": asks, "u": self.number[name], "seq": 5}
        return json.dumps(
            {"topic": f"orderbook.200.{name}", "type": kind, "ts": now, "data": data, "cts": now}
        )


class PlayedBybitUsdm(PlayedBybit):
    """Linear perpetuals."""

    venue = VENUES["bybit", "usdm"]
    instruments_path = "/v5/market/instruments-info?category=linear&limit=1000"
    days_path = "/v5/market/tickers?category=linear"


class PlayedCoinbase(Played):
    """No numbers: a book that was missed is found out when it is crossed."""

    venue = VENUES["coinbase", "spot"]
    quote = "USD"

    def name(self, coin: str) -> str:
        return f"{coin}-{self.quote}"

    def rest(self) -> dict[str, RestAnswer]:
        products = [
            {"id": self.name(coin), "base_currency": coin, "quote_currency": self.quote, "status": "online"}
            for coin in self.coins
        ]
        stats = {
            name: {"stats_24hour": {"last": "1", "volume": str(place)}}
            for place, name in enumerate(self.names)
        }
        return {"/products": RestAnswer(products), "/products/stats": RestAnswer(stats)}

    def channels(self, message: Any) -> list[str]:
        if message["type"] != "subscribe":
            return []
        return [
            f"{each['name']}:{product}" for each in message["channels"] for product in each["product_ids"]
        ]

    def speaks(self, message: Any) -> Iterator[Message]:
        channels = self.channels(message)
        if refused := self.refuses.intersection(channels):
            data = {"message": "Failed to subscribe", "reason": f"{min(refused)} is not a valid product"}
            yield json.dumps({"type": "error", **data})
            return
        yield json.dumps({"type": "subscriptions", "channels": message["channels"]})
        for channel in channels:
            kind, _, name = channel.partition(":")
            if kind == "level2_batch" and self.answers_subscriptions:
                yield self.snapshot(name)

    def snapshot(self, name: str) -> Message:
        return json.dumps({"type": "snapshot", "product_id": name, **self.book(name)._asdict()})

    def moved(self, name: str, steps: int = 1) -> Message:
        bids, asks = self._lifted(name, steps)
        changes = [["buy", *each] for each in bids] + [["sell", *each] for each in asks]
        return self._message(name, type="l2update", changes=changes)

    def broken(self, name: str) -> Message:
        self._lifted(name, 5)
        best = self.book(name).bids[0]
        return self._message(name, type="l2update", changes=[["buy", *best]])

    def trade(self, name: str) -> Message:
        self.trades_sent[name] = number = self.trades_sent.get(name, 0) + 1
        price = self.book(name).bids[0][0]
        return self._message(name, type="match", trade_id=number, price=price, size="0.1", side="buy")

    @staticmethod
    def _message(name: str, **data: Any) -> Message:
        return json.dumps({"product_id": name, "time": time.strftime(MOMENT, time.gmtime()), **data})


class PlayedKraken(Played):
    """Version 2: numbers that are none, with checksums."""

    venue = VENUES["kraken", "spot"]
    quote = "USD"

    def name(self, coin: str) -> str:
        return f"{coin}/{self.quote}"

    def rest(self) -> dict[str, RestAnswer]:
        pairs = {f"X{coin}": {"wsname": self.name(coin), "status": "online"} for coin in self.coins}
        days = {f"X{coin}": {"v": ["1", "2"], "p": ["1", str(at)]} for at, coin in enumerate(self.coins)}
        return {
            "/0/public/AssetPairs": RestAnswer({"result": pairs}),
            "/0/public/Ticker": RestAnswer({"result": days}),
        }

    def channels(self, message: Any) -> list[str]:
        if message["method"] != "subscribe":
            return []
        asked = message["params"]
        return [f"{asked['channel']}:{name}" for name in asked["symbol"]]

    def speaks(self, message: Any) -> Iterator[Message]:
        if message["method"] == "ping":
            yield json.dumps({"method": "pong", "time_in": "2026"})
            return
        asked = message["params"]
        for name in asked["symbol"]:
            result = {"method": message["method"], "req_id": message["req_id"]}
            if f"{asked['channel']}:{name}" in self.refuses:
                data = {"success": False, "error": f"Currency pair not supported {name}", "symbol": name}
                yield json.dumps(result | data)
                continue
            yield json.dumps(
                result | {"success": True, "result": {"channel": asked["channel"], "symbol": name}}
            )
            if message["method"] == "subscribe" and asked["channel"] == "book" and self.answers_subscriptions:
                yield self.snapshot(name)

    def snapshot(self, name: str) -> Message:
        return self._message(name, "snapshot", *self.book(name))

    def moved(self, name: str, steps: int = 1) -> Message:
        return self._message(name, "update", *self._lifted(name, steps))

    def broken(self, name: str) -> Message:
        self._lifted(name, 1)
        return self.moved(name)

    def trade(self, name: str) -> Message:
        self.trades_sent[name] = number = self.trades_sent.get(name, 0) + 1
        moment = time.strftime(MOMENT, time.gmtime())
        data = f'"symbol":"{name}","side":"sell","price":{self.book(name).bids[0][0]},"qty":0.1'
        return f'{{"channel":"trade","type":"update","data":[{{{data},"trade_id":{number},"timestamp":"{moment}"}}]}}'

    def _message(self, name: str, kind: str, bids: Levels, asks: Levels) -> Message:
        sides = f'"bids":[{_numbers(bids)}],"asks":[{_numbers(asks)}]'
        moment = time.strftime(MOMENT, time.gmtime())
        rest = f'"checksum":{self.checksum(name)},"timestamp":"{moment}"'
        return f'{{"channel":"book","type":"{kind}","data":[{{"symbol":"{name}",{sides},{rest}}}]}}'

    def checksum(self, name: str) -> int:
        book = self.book(name)
        digits = [text.replace(".", "").lstrip("0") for level in [*book.asks, *book.bids] for text in level]
        return zlib.crc32("".join(digits).encode())


def _numbers(levels: Levels) -> str:
    return ",".join(f'{{"price":{price},"qty":{quantity}}}' for price, quantity in levels)


ALL: tuple[Callable[[], Played], ...] = (
    PlayedBinance,
    PlayedBinanceUsdm,
    PlayedOkx,
    PlayedOkxUsdm,
    PlayedBybit,
    PlayedBybitUsdm,
    PlayedCoinbase,
    PlayedKraken,
)
KEEP_BOOKS: tuple[Callable[[], Played], ...] = ALL[2:]
"""Those whose books are kept here, from the changes they send."""

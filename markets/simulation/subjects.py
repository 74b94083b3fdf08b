"""Which subject a frame is published to: one for everything, or one per venue, kind and symbol."""

from functools import cache

from markets.simulation.listings import VENUE


class BadSubject(ValueError):
    """The pattern cannot be published to; the message says why."""


@cache
def subject_for(pattern: str, kind: str, symbol: str, venue: str = VENUE) -> str:
    """`binance.websocket.data` as it is; in `market.*.depth.*` the stars become venue and symbol, and the
    word `depth` the frame's kind; in `market.*.*.*` the stars become venue, kind and symbol. Contracts have venues
    of their own (`binance-usdm`).
    """
    words = pattern.split(".")
    stars = [place for place, word in enumerate(words) if word == "*"]
    if not all(words) or any(">" in word or ("*" in word and word != "*") for word in words):
        raise BadSubject(f"Nothing can be published to the subject {pattern!r}.")
    values = {0: [], 1: [symbol], 2: [venue, symbol], 3: [venue, kind, symbol]}.get(len(stars))
    if values is None:
        raise BadSubject(f"The subject {pattern!r} has more stars than venue, kind and symbol.")
    if len(stars) in (1, 2):
        words = [kind if word == "depth" else word for word in words]
    for place, value in zip(stars, values, strict=True):
        words[place] = value
    return ".".join(words)


def kind_of(stream_kind: str) -> str:
    """The kind in a subject for what follows `symbol@` in a stream name: `depth20@100ms` is `depth`.

    Increments of a book (`depth@100ms`) are `diff`: whoever subscribes to books must not get them.
    """
    name = stream_kind.partition("@")[0]
    if name.startswith("depth"):
        return "depth" if name[len("depth") :].isdigit() else "diff"
    return {"aggTrade": "trade", "24hrTicker": "ticker"}.get(name, name)

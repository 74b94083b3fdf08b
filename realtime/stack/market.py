"""MARKET: a real market in place of the invented one, and what is shown on the screen while none comes."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from time import time
from typing import NamedTuple

from environs import ValidationError
from redis.exceptions import RedisError

from markets.choice import BadChoice, Choice
from markets.places import read_market
from markets.reporting import missing
from markets.reports.report import MarketsReport
from markets.reports.store import ReportReader
from realtime.stack.screen import Screen
from realtime.stack.state import StackError
from realtime.variables import patterns

NAME = "markets"
SUBJECTS = "market.>"
EVERYTHING = (">", "*.>", SUBJECTS)
WITHOUT = "binance.websocket.data"
LOOK_SECONDS = 0.5
PATIENCE_SECONDS = 6.0
"""What is not there by then is worth a sentence."""
HOW = "MARKET says where from and what: binance:top:20, or binance,okx:BTCUSDT,ETHUSDT"
INVENTED = "For an invented market stop this and start it without MARKET, or with SIMULATE=1 instead of it."


class Market(NamedTuple):
    """Venues, as subjects name them, and what of each."""

    places: list[str]
    choice: Choice

    @property
    def note(self) -> str:
        """For the screen."""
        top = self.choice.top
        what = f"the {top} busiest in {self.choice.quote}" if top else ", ".join(self.choice.symbols)
        return f"{', '.join(self.places)}: {what}, from public sockets to NATS"

    @property
    def arguments(self) -> list[str]:
        """Of `manage.py stream_market`."""
        return ["--venue", ",".join(self.places), "--symbols", str(self.choice)]


def wanted_market(environ: Mapping[str, str]) -> Market | None:
    """None where MARKET is not given; raises StackError where nobody can bring it."""
    text = environ.get("MARKET", "").strip()
    if not text:
        return None
    if environ.get("SIMULATE") == "1":
        raise StackError(
            "MARKET brings a real market, SIMULATE=1 an invented one under the same names: set one of them."
        )
    try:
        return Market(*read_market(text))
    except BadChoice as error:
        raise StackError(f"{HOW}. {str(error)[0].upper()}{str(error)[1:]}") from error


def topics(environ: Mapping[str, str]) -> dict[str, str]:
    """What feeds and strategies listen to: what is given, or usual, and what comes from venues.

    NATS delivers a message once for every subject that matches, so that of two which overlap the wider one is kept.
    """
    given = {name: environ.get(name, "") for name in ("NATS_CONSUMER_TOPIC", "NATS_STRATEGIES_TOPIC")}
    given["NATS_CONSUMER_TOPIC"] = given["NATS_CONSUMER_TOPIC"] or WITHOUT
    return {name: _with_venues(name, text) for name, text in given.items() if text}


def _with_venues(name: str, text: str) -> str:
    subjects = text.split(",")
    try:
        patterns(subjects)
    except ValidationError as error:
        raise StackError(f"{name} cannot be read: {error}.") from error
    if any(subject in EVERYTHING for subject in subjects):
        return text
    others = [subject for subject in subjects if not subject.startswith("market.")]
    return ",".join([*others, SUBJECTS])


async def follow(
    market: Market,
    screen: Screen,
    reader: ReportReader,
    began: float,
    *,
    clock: Callable[[], float] = time,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Show on the screen when nothing comes from a venue for a while, and why, and when it does. Never ends.

    What was reported by a process that was started before `began` is of another stack.
    """
    since: float | None = None  # something has been missing
    was_well: bool | None = None
    while True:
        heard = await asyncio.to_thread(_heard, reader, began, clock())
        lacking = [text for report in heard for text in missing(report).values()]
        if lacking:
            since = clock() if since is None else since
            if was_well is not False and clock() - since >= PATIENCE_SECONDS:
                screen.died(NAME, " ".join([*lacking, *([] if _anything_comes(heard) else [INVENTED])]))
                was_well = False
        elif heard:
            since = None
            if not was_well:
                screen.done(NAME, f"frames come from {', '.join(market.places)}")
                was_well = True
        await sleep(LOOK_SECONDS)


def _heard(reader: ReportReader, began: float, now: float) -> list[MarketsReport]:
    """What the process of this stack reports; nothing while it, or the store, is not heard."""
    try:
        reports = reader.reports(now)
    except RedisError:
        return []
    return [each for each in reports if each.started_at >= began and not each.is_silent(now)]


def _anything_comes(heard: Iterable[MarketsReport]) -> bool:
    return any(venue.is_well and venue.frames for report in heard for venue in report.venues)

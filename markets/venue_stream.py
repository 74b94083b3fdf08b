"""All of one venue and form: what is traded there, its connections, and its whole books on request."""

import asyncio
import logging
import time
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import msgspec
from aiolimiter import AsyncLimiter

from markets.choice import Choice
from markets.connection import BEFORE_THE_CUT, Connection, Patience, Publish
from markets.domain.listing import Listing
from markets.domain.translated import Kind, Publication, Unreadable
from markets.domain.venue import Translator, Venue, origin_names
from markets.figures import Figures
from markets.no_answer import NoAnswer
from markets.rest import Rest
from markets.venues.reading import reader
from markets.waits import Waits
from markets.words import plain

logger = logging.getLogger(__name__)

FIVE_MINUTES, HOUR = 300.0, 3_600.0
WEIGHT_A_MINUTE = 600  # of venues that name no weights
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1.0, 60.0
SNAPSHOT_KIND = "depthSnapshot"


class Addresses(NamedTuple):
    """Origins that stand in front of a venue's own paths."""

    socket: str
    rest: str


class NothingTraded(Exception):
    """The venue has none of what is wanted; in words."""


class _Book(msgspec.Struct):
    """What a snapshot has to have."""

    lastUpdateId: int
    bids: msgspec.Raw
    asks: msgspec.Raw


_read_book = reader(_Book)


class VenueStream:
    """Brings the chosen markets of one venue and form.

    `publish` takes what they send; it is to be given before `run`.
    """

    publish: Publish

    def __init__(
        self,
        venue: Venue,
        addresses: Addresses,
        choice: Choice,
        kinds: Collection[Kind],
        *,
        levels: int,
        silence_seconds: float,
    ) -> None:
        self.venue = venue
        self.figures = Figures(venue.name, venue.form)
        self.listings: list[Listing] = []
        self._addresses, self._choice = addresses, choice
        self._kinds = [kind for kind in kinds if kind in venue.kinds]
        self._levels = levels
        life = venue.longest_connection_hours
        self._patience = Patience(silence_seconds, life=BEFORE_THE_CUT * HOUR * life if life else None)
        snapshots = venue.snapshots
        self.rest = Rest(addresses.rest, snapshots.weight_a_minute if snapshots else WEIGHT_A_MINUTE)

    async def run(self) -> None:
        """Never ends by itself. Raises NothingTraded."""
        try:
            if not self._kinds:
                raise NothingTraded(f"{self._name} has none of the kinds that are wanted.")
            self.listings = await self._listed()
            openings = AsyncLimiter(1, FIVE_MINUTES / self.venue.limits.connections_in_five_minutes)
            connections = list(self._connections(openings))
            self.figures.symbols = len(self.listings)
            self.figures.connections_wanted = len(connections)
            async with asyncio.TaskGroup() as group:
                for connection in connections:
                    group.create_task(connection.run())
        finally:
            await self.rest.close()

    async def listings_now(self) -> tuple[list[Listing], list[str]]:
        """What of the choice is traded, and what is not. Raises NoAnswer and Unreadable."""
        answers = {name: await self.rest.get(path) for name, path in self.venue.listing_paths.items()}
        return self._choice.among(self.venue.listings(answers))

    async def snapshot(self, symbol: str) -> bytes:
        """The venue's own answer with a whole book. Raises NoAnswer."""
        asked = self.venue.snapshots
        name = next((each.name for each in self.listings if each.symbol == symbol), None)
        if asked is None or name is None:
            raise NoAnswer(f"{self._name} has no snapshots of {symbol}", LONGEST_WAIT_SECONDS)
        body = await self.rest.get(asked.path.format(name=name), asked.weight, waits=False)
        try:
            _read_book(body)
        except Unreadable as error:
            raise NoAnswer(f"{self._name} answers with no book: {error}", LONGEST_WAIT_SECONDS) from None
        payload = b'{"stream":"%b@%b","data":%b,"source":"%b-websocket"}' % (
            symbol.lower().encode(), SNAPSHOT_KIND.encode(), body, self.venue.name.encode()
        )  # fmt: skip
        self.figures.snapshots += 1
        await self.publish(Publication("diff", symbol, payload), time.time_ns() // 1_000)
        return body

    async def _listed(self) -> list[Listing]:
        """What is traded, however long the venue does not answer."""
        waits = Waits(FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS)
        while True:
            try:
                found, missing = await self.listings_now()
            except (NoAnswer, Unreadable) as error:
                why = plain(str(error))
                if self.figures.away(self, why):
                    logger.warning("venue_away %s: %s; trying until it is back", self._name, why)
                await asyncio.sleep(max(waits.next(), getattr(error, "retry_after", 0.0)))
                continue
            if self.figures.back(self):
                logger.info("venue_back %s", self._name)
            if missing:
                logger.warning("not_traded %s: %s", self._name, ", ".join(missing))
            if not found:
                raise NothingTraded(f"{self._name} trades none of {self._choice}.")
            return found

    def _connections(self, openings: AsyncLimiter) -> Iterable[Connection]:
        size = self.venue.limits.channels_a_connection
        for path, channels in self.venue.channels(self.listings, self._kinds).items():
            for begin in range(0, len(channels), size):
                yield Connection(
                    self.venue,
                    self._addresses.socket + path,
                    channels[begin : begin + size],
                    self._translator,
                    self.publish,
                    self.figures,
                    openings,
                    self._patience,
                )

    @property
    def _name(self) -> str:
        return f"{self.venue.name}/{self.venue.form}"

    def _translator(self, now_us: int) -> Translator:
        return self.venue.translator(self.listings, self._kinds, self._levels, now_us)


def addresses_of(venue: Venue, origins: Mapping[str, str]) -> Addresses:
    """Its own, unless `origins` name others by the names of settings."""
    socket, rest = (origins.get(name, "") for name in origin_names(venue))
    return Addresses((socket or venue.socket).rstrip("/"), (rest or venue.rest).rstrip("/"))

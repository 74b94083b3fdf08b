"""The books of one connection of a venue that sends whole books and their changes, and what is published of them."""

from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal
from typing import ClassVar

from markets.domain.book import BadLevel, Level, VenueBook
from markets.domain.frames import Frames
from markets.domain.listing import Listing
from markets.domain.translated import Kind, LostBook, Publication, Translated, Unreadable


class KeptBook:
    """One of them: None instead of a book before its snapshot, and after it was lost."""

    def __init__(self, listing: Listing, channel: str) -> None:
        self.listing, self.channel = listing, channel
        self.book: VenueBook | None = None
        self.number: int | None = None
        """The venue's number of the newest message, where it counts."""
        self.time_ms: int | None = None
        self.touch: tuple[Level, Level] | None = None


class KeptBooks:
    """By the venue's names of the markets. Touches are published at once, books when `changed` is asked for."""

    def __init__(
        self,
        frames: Frames,
        listings: Iterable[Listing],
        kinds: Collection[Kind],
        levels: int,
        channel: str,
    ) -> None:
        """`channel` is that of a market's book, with {name}."""
        self._frames, self._levels, self._kinds = frames, levels, kinds
        self._books = {
            listing.name: KeptBook(listing, channel.format(name=listing.name)) for listing in listings
        }
        self._changed: set[str] = set()

    def get(self, name: str) -> KeptBook | None:
        """None for a market that was not asked for."""
        return self._books.get(name)

    def begin(self, kept: KeptBook, bids: Iterable[Level], asks: Iterable[Level]) -> None:
        """A snapshot replaces all there was. Raises Unreadable; then the book is gone."""
        try:
            kept.book = VenueBook(bids, asks)
        except BadLevel as error:
            self.forget(kept)
            raise Unreadable(str(error)) from None

    def change(self, kept: KeptBook, book: VenueBook, bids: Iterable[Level], asks: Iterable[Level]) -> None:
        """Raises Unreadable; then the book is gone, as nobody knows what it is without this change."""
        try:
            book.change(bids, asks)
        except BadLevel as error:
            self.forget(kept)
            raise Unreadable(str(error)) from None

    def shown(self, kept: KeptBook, time_ms: int | None) -> Iterator[Translated]:
        """What follows from a change that is in its place: the touch, where it is another, or that the book is lost."""
        book = kept.book
        if book is None:
            return
        if book.is_crossed:
            yield self.lost(kept, "crossed")
            return
        kept.time_ms = time_ms
        self._changed.add(kept.listing.name)
        touch = _touch(book)
        if touch != kept.touch and "bookTicker" in self._kinds and touch is not None:
            bid, ask = (_in_base(level, kept.listing.unit) for level in touch)
            yield self._frames.touch(kept.listing.symbol, bid, ask, time_ms)
        kept.touch = touch

    def lost(self, kept: KeptBook, reason: str) -> LostBook:
        """Forget it, and say why."""
        self.forget(kept)
        return LostBook(kept.channel, kept.listing.symbol, reason)

    def forget(self, kept: KeptBook) -> None:
        """Nothing of it is published any more until a snapshot comes."""
        kept.book = kept.number = kept.touch = None
        self._changed.discard(kept.listing.name)

    def forget_all(self) -> None:
        """All of them."""
        for kept in self._books.values():
            self.forget(kept)

    def missing(self) -> Iterator[str]:
        """The channels of those that are not there."""
        return (kept.channel for kept in self._books.values() if kept.book is None)

    def changed(self) -> Iterator[Publication]:
        """The best levels of every book that changed since the last call."""
        changed, self._changed = self._changed, set()
        if "depth" not in self._kinds:
            return
        for name in sorted(changed):
            kept = self._books[name]
            if kept.book is None:
                continue
            bids, asks = (side.best(self._levels) for side in (kept.book.bids, kept.book.asks))
            if (unit := kept.listing.unit) != 1:
                bids, asks = ([_in_base(level, unit) for level in side] for side in (bids, asks))
            yield self._frames.book(kept.listing.symbol, bids, asks, self._levels, kept.time_ms)


class BookTranslator:
    """What translators share that keep the books of one connection."""

    book_channel: ClassVar[str]
    """That of a market's book, with {name}."""

    def __init__(
        self, frames: Frames, listings: Iterable[Listing], kinds: Collection[Kind], levels: int
    ) -> None:
        self._frames = frames
        self._kept = KeptBooks(frames, listings, kinds, levels, self.book_channel)

    def changed_books(self) -> Iterable[Publication]:
        """The books that changed since the last call."""
        return self._kept.changed()

    def missing_books(self) -> Iterable[str]:
        """The channels of books that are not there: not begun yet, or lost."""
        return self._kept.missing()


def _touch(book: VenueBook) -> tuple[Level, Level] | None:
    bids, asks = book.bids.best(1), book.asks.best(1)
    return (bids[0], asks[0]) if bids and asks else None


def _in_base(level: Level, unit: Decimal) -> Level:
    """With the quantity in the base asset, where the venue counts contracts of `unit`."""
    return level if unit == 1 else Level(level.price, quantity_in_base(level.quantity, unit))


def quantity_in_base(quantity: str, unit: Decimal) -> str:
    """Exactly, and without an exponent."""
    return quantity if unit == 1 else f"{Decimal(quantity) * unit:f}"

"""Figures as text, for the first paint of the pages.

`static/realtime/js/figures.js` writes the same for what follows live; a test compares the two case by case.
Every filter shows what cannot be known as an en dash, never as zero. Templates pass on what they do not
have at all as an empty string; that is as unknown as None.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, Literal, TypeGuard

from django import template

from metrics.domain.market import BLANK, CONTRACT, USDM
from metrics.domain.reasons import EXPECTED, REASONS, SILENT, explain

register = template.Library()
Figure = float | Literal[""] | None

UNKNOWN = "–"
MINUS = "−"
EXACT = Context(prec=400)  # more digits than any float has, so that rounding never fails
COMPACT_STEPS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
TREND_MARKS = {"bullish": "▲", "bearish": "▼", "neutral": "◆"}
STATE_WORDS = {"one_sided": "one-sided"}
VENUE_WORDS = {"okx": "OKX"}
MOST_NAMED = 4
PARTITION = re.compile(r"\d{1,3}/\d{1,3}", re.ASCII)


def is_known(value: Figure) -> TypeGuard[float]:
    """Is there a number to show?"""
    return value is not None and value != ""


@register.filter
def fixed(value: Figure, decimals: int = 2) -> str:
    """Grouped thousands and a set number of decimals, halves away from zero: 67,123.46.

    Decimals a number does not have are zeros, and not what a double holds beyond them.
    """
    if not is_known(value):
        return UNKNOWN
    places = min(int(decimals), decimals_of(value))
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, EXACT)
    return f"{MINUS if rounded < 0 else ''}{rounded.copy_abs():,.{int(decimals)}f}"


@register.filter
def signed(value: Figure, decimals: int = 2) -> str:
    """Like `fixed`, with a sign on both sides of zero: +32.35."""
    return _with_plus(value, fixed(value, decimals))


@register.filter
def price(value: Figure) -> str:
    """Six significant digits and at least two decimals, so that a coin at 0.00001234 is visible."""
    return _at_least(value, decimals=2, digits=6)


@register.filter
def full_price(value: Figure) -> str:
    """All digits there are, and at least two decimals: where somebody trades on the price."""
    return fixed(value, max(2, decimals_of(value))) if is_known(value) else UNKNOWN


@register.filter
def bps(value: Figure) -> str:
    """A spread: four decimals, and of one below a tenth four digits, so that none is shown as nothing."""
    return _at_least(value, decimals=4, digits=4)


@register.filter
def coarse(value: Figure) -> str:
    """Basis points of many symbols, or of what trading costs: in few digits."""
    return _at_least(value, decimals=2, digits=3)


@register.filter
def least_cost(row: Mapping[str, Any] | Literal[""] | None) -> str:
    """What the size of rows costs in one of them, or the least that it can cost, where no more is known."""
    cost, least = (row["cost_bps_10s"], row["cost_at_least_bps_10s"]) if row else (None, None)
    return coarse(cost) if is_known(cost) or not is_known(least) else f"≥{coarse(least)}"


@register.filter
def indicator(value: Figure) -> str:
    """A count whole, a measure like a price."""
    return fixed(value, 0) if isinstance(value, int) else price(value)


@register.filter
def compact(value: Figure) -> str:
    """Two decimals and a step of a thousand: 12.35 M. Below one, three digits."""
    if not is_known(value):
        return UNKNOWN
    for size, letter in COMPACT_STEPS:
        if abs(value) >= size:
            return f"{fixed(value / size)} {letter}"
    return _at_least(value, decimals=2, digits=3)


@register.filter
def dollars(value: Figure) -> str:
    """A sum in US dollars, compact: $12.35 M."""
    return f"${compact(value)}" if is_known(value) else UNKNOWN


@register.filter
def quantity(value: Figure) -> str:
    """A number of coins: compact from a million on, six significant digits below."""
    return compact(value) if is_known(value) and abs(value) >= 1e6 else price(value)


@register.filter
def signed_quantity(value: Figure) -> str:
    """Coins that flow one way or the other, with a sign on both sides of zero."""
    return _with_plus(value, quantity(value))


@register.filter
def age(milliseconds: Figure) -> str:
    """How long ago, in one unit: <1 s, 12 s, 3 min, 2 h."""
    if not is_known(milliseconds):
        return UNKNOWN
    seconds = max(0, int(milliseconds // 1000))
    if seconds < 1:
        return "<1 s"
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"


@register.filter
def utc_time(timestamp: str | None) -> str:
    """The time of day of an ISO-8601 timestamp in UTC: 12:00:05 UTC."""
    return f"{datetime.fromisoformat(timestamp):%H:%M:%S} UTC" if timestamp else UNKNOWN


@register.filter
def restarted(times: int, started_at: str) -> str:
    """How often a process was started again after it had died, and when last; empty for never."""
    if not times:
        return ""
    return f"restarted {times} time{'s' * (times > 1)}, last at {utc_time(started_at)}"


@register.filter
def trend(name: str | None) -> str:
    """A mark and the word, so that colour is never the only signal: ▲ bullish."""
    return f"{TREND_MARKS[name]} {name}" if name in TREND_MARKS else UNKNOWN


@register.filter
def is_blank(state: str | None) -> bool:
    """Is no number of a book in this state shown?"""
    return state in BLANK


@register.filter
def state_word(state: str | None) -> str:
    """The state of a book for people: one-sided."""
    return STATE_WORDS.get(state, state) if state else UNKNOWN


@register.filter
def venue_word(venue: str | None) -> str:
    """A venue for people: Binance, OKX."""
    return VENUE_WORDS.get(venue, venue[0].upper() + venue[1:]) if venue else UNKNOWN


@register.filter
def form_of(body: Mapping[str, Any] | Literal[""] | None) -> str:
    """What the market of a row or book is called if it is a contract; empty for what is traded itself."""
    return form_word(body["form"], body["symbol"]) if body else ""


def form_word(form: str, symbol: str) -> str:
    """What a contract is called, empty for what is traded itself."""
    if form != USDM:
        return ""
    expires = (found := CONTRACT.search(symbol)) and found[1] != "PERP"
    return "dated" if expires else "perpetual"


def place_words(venue: str, form: str, symbol: str) -> str:
    """Where a market is, in words: Binance, Binance perpetual."""
    return f"{venue_word(venue)} {form_word(form, symbol)}".rstrip()


@register.filter
def reason_words(body: Mapping[str, Any] | Literal[""] | None) -> str:
    """Why a row or book is not live; empty where its state explains itself, as of one that is merely silent.

    `static/realtime/js/reasons.js` writes the same, with the sentences of `reasons_json`.
    """
    reason = body["reason"] if body else None
    return explain(reason) if body and reason not in (None, SILENT, body["state"]) else ""


@register.filter
def counts(by_name: Mapping[str, int]) -> str:
    """How often each occurred, the most frequent first: 1,200 late, 3 crossed. Of many the rest in one number."""
    largest = sorted(by_name.items(), key=lambda item: (-item[1], item[0]))
    words = [f"{fixed(count, 0)} {name}" for name, count in largest[:MOST_NAMED]]
    rest = sum(count for _, count in largest[MOST_NAMED:])
    return ", ".join([*words, f"{fixed(rest, 0)} others"] if rest else words)


@register.filter
def faults(refused: Mapping[str, int]) -> dict[str, int]:
    """Of refusals by reason those that nobody expects."""
    return {reason: count for reason, count in refused.items() if reason not in EXPECTED}


@register.filter
def expected(refused: Mapping[str, int]) -> str:
    """The others, in words: 120,000 less deep books, as a deeper one is followed."""
    return counts({words: refused[reason] for reason, words in EXPECTED.items() if refused.get(reason)})


@register.filter
def feed_name(partition: str) -> str:
    """Which feed that is, of those that divide the market: Feed, where it has all of it, or Feed 2 of 2 (part 1/2)."""
    part, _, of = partition.rpartition("/")
    if not PARTITION.fullmatch(partition):
        return f"Feed {partition}"
    return "Feed" if of == "1" else f"Feed {int(part) + 1} of {of} (part {partition})"


@register.filter
def explanation(reason: str) -> str:
    """What the name of a reason means."""
    return explain(reason)


@register.simple_tag
def reasons_json() -> str:
    """The sentence of every reason by its name, for the scripts of a page."""
    return json.dumps(dict(REASONS))


@register.filter
def direction(pressure: Figure) -> str:
    """Which side a pressure leans to: bid, ask, or nothing."""
    return "bid" if (pressure or 0) > 0 else "ask" if (pressure or 0) < 0 else ""


@register.simple_tag
def bar_start(pressure: Figure) -> float:
    """Where the bar of a pressure begins on an axis from −100 to 100."""
    return max(-100.0, min(0.0, pressure or 0.0))


@register.simple_tag
def bar_width(pressure: Figure) -> float:
    """How long the bar of a pressure is on an axis from −100 to 100."""
    return min(100.0, abs(pressure or 0.0))


def price_decimals(depth: Mapping[str, Any]) -> int:
    """Decimals of the finest price in a depth answer: the tick as far as the answer shows it."""
    prices = [
        depth["spread"]["best_bid"],
        depth["spread"]["best_ask"],
        *(level and level["price"] for level in depth["strongest_levels"].values()),
    ]
    return max((decimals_of(number) for number in prices if number), default=2)


def decimals_of(number: float) -> int:
    """Decimals needed to write a number as it was sent."""
    return len(f"{Decimal(str(number)).normalize():f}".partition(".")[2])


def magnitude_of(number: float) -> int:
    """The power of ten its first digit stands at; 0 for nothing."""
    return Decimal(str(number)).adjusted() if number else 0


def _with_plus(value: Figure, text: str) -> str:
    is_positive = is_known(value) and value > 0 and any(digit in text for digit in "123456789")
    return f"+{text}" if is_positive else text


def _at_least(value: Figure, *, decimals: int, digits: int) -> str:
    """So many decimals, and more where that would leave fewer significant digits."""
    return fixed(value, max(decimals, digits - 1 - magnitude_of(value))) if is_known(value) else UNKNOWN

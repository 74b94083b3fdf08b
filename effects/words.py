"""An effect as its page shows it: spans that are alike by now as one panel, figures as text, and of what they are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.conf import settings
from django.utils.text import get_text_list

from effects.domain.market import MarketInSpan
from effects.domain.spans import CUTS, LENGTHS, Length
from effects.effect import AskedOutcomes, Effect, EffectInSpans
from effects.signals import SignalsInSpan
from metrics.pages.liquidity import dollar_words
from metrics.templatetags.figures import coarse, fixed, signed
from strategies.domain.outcomes import SPANS, Span
from strategies.followed_up import WORDS as AFTER
from times import clock_beside, lasting

LENGTH_WORDS: dict[Length, str] = {"15m": "15 minutes", "1h": "1 hour", "24h": "24 hours"}
STATE_WORDS = {"sent": "sent", "halted": "halted", "held_back": "held back"}
MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class Line:
    """A figure before and after; `of` are of how many each is, where that is worth a word. A part is of the line above
    it that is none."""

    label: str
    before: str
    after: str
    unit: str = ""
    of_before: str = ""
    of_after: str = ""
    is_part: bool = False


@dataclass(frozen=True, slots=True)
class AskedRow:
    """Some signals of a what-if; `moved` are means after some spans, each with its span and of how many it is."""

    which: str
    signals: str
    per_hour: str
    moved: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A what-if: when and over which span, what was in force and was asked, what would have gone and come, and after
    which spans it was known how far prices had moved."""

    words: str
    after: list[str]
    rows: list[AskedRow]


@dataclass(frozen=True, slots=True)
class Panel:
    """Spans of one length. The bars are in hundredths of the longer one; `notes` say what is still to come, and what
    ended them early."""

    title: str
    notes: list[str]
    span: str
    rate: Line
    bar_before: int
    bar_after: int
    signals: list[Line]
    market: list[Line]
    is_empty: bool


def panels(effect: Effect) -> list[Panel]:
    """What is alike by now stands once."""
    return [
        _panel(effect.at, list(alike), len(effect.market_of))
        for _, alike in groupby(effect.comparisons, key=lambda each: each.seconds)
    ]


def counted(effect: Effect) -> list[str]:
    """Of what the figures are, in sentences."""
    about = effect.symbol or "all symbols"
    if effect.left_out:
        about += f" but those that had values of their own of what was changed: {named(effect.left_out)}"
    sentences = [f"Counted are signals of {effect.strategy} about {about}."]
    if effect.symbol:
        sentences.append(f"The market is that of {effect.symbol}.")
    elif effect.market_of:
        whose = named(effect.market_of)
        sentences.append(f"The market is the mean of the symbols with the most signals: {whose}.")
    sentences.append(
        f"The ledger reaches back to {clock_beside(effect.ledger_since, effect.at)}."
        if effect.ledger_since
        else "The ledger holds no signal yet."
    )
    return sentences


def asked(effect: Effect) -> Asked | None:
    """The what-if that the change refers to, in the units of its effect; None where there is none."""
    record = effect.asked_before
    if record is None:
        return None
    hours = (record.end - record.start) / timedelta(hours=1)
    over = f"{clock_beside(record.start, effect.at)} to {clock_beside(record.end, effect.at)}"
    spans = [span for span in SPANS if any(each.known[span] for each in record.outcomes.values())]
    return Asked(
        words=f"Asked at {clock_beside(record.asked_at, effect.at)}, over {over}.",
        after=[AFTER[span] for span in spans],
        rows=[
            AskedRow(
                which=words,
                signals=fixed(signals, 0),
                per_hour=rate(signals / hours if hours else None),
                moved=[_asked_mean(record.outcomes[name], span) for span in spans],
            )
            for name, words, signals in (
                ("in_force", "In force then", record.in_force),
                ("proposed", "With these values", record.proposed),
                ("gone", "Would go", record.gone),
                ("new", "Would come", record.new),
            )
        ],
    )


def _asked_mean(outcomes: AskedOutcomes, span: Span) -> tuple[str, str, str]:
    known = outcomes.known[span]
    return AFTER[span], signed(outcomes.mean_bps[span]), f"of {fixed(known, 0)}" if known else ""


def rate(per_hour: float | None) -> str:
    """Signals an hour: with a decimal where they are few (`lasting.js` writes the same)."""
    return fixed(per_hour, 1 if per_hour is None or per_hour < 10 else 0)


def named(symbols: list[str]) -> str:
    """By name, or the first of them and how many more."""
    more = len(symbols) - MOST_NAMED
    names = symbols if more <= 0 else [*symbols[:MOST_NAMED], f"{more} more"]
    return str(get_text_list(names, "and"))


def _panel(at: datetime, alike: list[EffectInSpans], markets: int) -> Panel:
    first = alike[0]
    before, after = first.before, first.after
    rates = [before.signals.per_hour or 0.0, after.signals.per_hour or 0.0]
    longest = max(*rates, 0.1)
    return Panel(
        title=_title(alike),
        notes=_notes(at, alike),
        span=f"{clock_beside(before.start, at)} to {clock_beside(after.end, at)}",
        rate=Line(
            "Signals per hour",
            rate(before.signals.per_hour),
            rate(after.signals.per_hour),
        ),
        bar_before=round(100 * rates[0] / longest),
        bar_after=round(100 * rates[1] / longest),
        signals=list(_signal_lines(before.signals, after.signals)),
        market=list(_market_lines(before.market, after.market, markets)),
        is_empty=first.seconds == 0,
    )


def _title(alike: list[EffectInSpans]) -> str:
    for each in alike:
        if timedelta(seconds=each.seconds) == LENGTHS[each.length]:
            return LENGTH_WORDS[each.length]
    if alike[0].seconds == 0:
        return (
            "Nothing to compare"
            if all(each.fills_until is None for each in alike)
            else "Nothing to compare yet"
        )
    so_far = " so far" if any(each.fills_until for each in alike) else ""
    return f"{lasting(alike[0].seconds)}{so_far}"


def _notes(at: datetime, alike: list[EffectInSpans]) -> list[str]:
    """One for all lengths of which the same is to be said."""
    by_note: dict[str, list[str]] = {}
    for each in alike:
        until = f"fills in until {clock_beside(each.fills_until, at)}" if each.fills_until else ""
        note = ", ".join(filter(None, [until, CUTS[each.cut_by] if each.cut_by else ""]))
        if note:
            by_note.setdefault(note, []).append(LENGTH_WORDS[each.length])
    return [f"{get_text_list(lengths, 'and')}: {note}." for note, lengths in by_note.items()]


def _signal_lines(before: SignalsInSpan, after: SignalsInSpan) -> Iterable[Line]:
    yield _count("Signals", before.signals, after.signals)
    for state, words in STATE_WORDS.items():
        if state == "sent" or before.states[state] or after.states[state]:
            yield _count(words, before.states[state], after.states[state], is_part=True)
    for side in before.sides:
        if side != "hold" or before.sides[side] or after.sides[side]:
            yield _count(side, before.sides[side], after.sides[side], is_part=True)
    for span in SPANS:
        yield Line(
            f"Moved their way in {AFTER[span]}",
            signed(before.mean_bps[span]),
            signed(after.mean_bps[span]),
            "bps",
            f"of {fixed(before.known[span], 0)}",
            f"of {fixed(after.known[span], 0)}",
        )


def _market_lines(before: MarketInSpan, after: MarketInSpan, markets: int) -> Iterable[Line]:
    yield Line("Net pressure", signed(before.pressure), signed(after.pressure), "%")
    yield Line("Spread", coarse(before.spread_bps), coarse(after.spread_bps), "bps")
    size = dollar_words(settings.LIQUIDITY_ROW_SIZE)
    yield Line(f"Cost of {size}", coarse(before.cost_bps), coarse(after.cost_bps), "bps")
    yield Line("Volatility of a minute", coarse(before.volatility_bps), coarse(after.volatility_bps), "bps")
    of = f", of {markets} symbols added up" if markets > 1 else ""
    yield _count(f"Minutes known{of}", before.minutes, after.minutes)


def _count(label: str, before: int, after: int, *, is_part: bool = False) -> Line:
    return Line(label, fixed(before, 0), fixed(after, 0), is_part=is_part)

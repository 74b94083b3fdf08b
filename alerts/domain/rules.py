"""What a rule says, and the one validation of it."""

import math
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Literal, get_args

import msgspec

from alerts.domain import quiet
from alerts.domain.entities import LONGEST_NAME
from alerts.domain.watched import CATALOGUE, Watched, kind_of
from metrics.domain.market import CONTRACTS, IS_VENUE
from symbols import RULE as SYMBOL_RULE
from symbols import capitals, read_symbol, shown, stranger_in, where

Comparison = Literal["above", "below"]
Severity = Literal["info", "warning", "critical"]
COMPARISONS: tuple[Comparison, ...] = get_args(Comparison)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""The mildest first."""

NAME_LENGTH = 100
ADVICE_LENGTH = 500
MOST_SYMBOLS = 100
MOST_ENTITIES = 100
LONGEST_PATTERN = 32
MOST_SECONDS = 86_400.0
MOST_CHANNELS = 20
ANY = "*"
FOLLOWED = ""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """When an alert fires: `watch` is `above` or `below` the threshold for so many seconds.

    `symbols` are symbols or patterns with `*` for any letters, in capitals; none means every symbol. `market` is where:
    empty for the market that is followed, else its name as in `binance-usdm`. Where what is watched is of no market,
    `entities` are names of such things, or patterns, in their place; none means all of them. The alert is resolved when
    the value is back at `clear_at`, or at the threshold where that is None. `advice` is what to do about it. In
    `quiet_hours`, spans as `alerts.domain.quiet` reads them, nobody is told. `channels` are the ids of those its alerts
    are told on. `version` counts the changes of the rule.
    """

    id: int
    name: str
    watch: str
    symbols: tuple[str, ...] = ()
    market: str = FOLLOWED
    entities: tuple[str, ...] = ()
    comparison: Comparison = "above"
    threshold: float
    clear_at: float | None = None
    for_seconds: float = 0.0
    severity: Severity = "warning"
    advice: str = ""
    quiet_hours: tuple[str, ...] = ()
    channels: tuple[int, ...] = ()
    is_enabled: bool = True
    version: int = 1

    @property
    def resolves_at(self) -> float:
        """Where the value must be back."""
        return self.threshold if self.clear_at is None else self.clear_at

    def covers(self, name: str) -> bool:
        """Is it about this symbol, or the thing of this name?"""
        patterns = self.symbols or self.entities
        return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


def read_pattern(text: str) -> str | None:
    """A symbol, or a pattern of symbols, its Latin letters in capitals; None where it is neither."""
    pattern = capitals(text.strip())
    if ANY not in pattern:
        return read_symbol(pattern)
    return None if len(pattern) > LONGEST_PATTERN or stranger_in(pattern.replace(ANY, "")) else pattern


def problems(rule: Rule) -> dict[str, str]:
    """What is wrong with a rule: by field, a sentence that follows the field's name. Empty where nothing is."""
    watched = CATALOGUE.get(rule.watch)
    found = dict(_of_texts(rule)) | dict(_of_entities(rule))
    if watched is None:
        found["watch"] = f"must be one of {', '.join(CATALOGUE)}"
    if not 0 <= rule.for_seconds <= MOST_SECONDS:
        found["for_seconds"] = f"must be between 0 and {MOST_SECONDS:g}"
    for field, allowed in (("comparison", COMPARISONS), ("severity", SEVERITIES)):
        if getattr(rule, field) not in allowed:
            found[field] = f"must be one of {', '.join(allowed)}"
    if watched is not None and "comparison" not in found:
        found |= dict(_of_threshold(rule, watched))
    return found


def _of_texts(rule: Rule) -> Iterator[tuple[str, str]]:
    if not rule.name.strip():
        yield "name", "must not be empty"
    elif len(rule.name) > NAME_LENGTH or not rule.name.isprintable():
        yield "name", f"must be at most {NAME_LENGTH} printable characters"
    if len(rule.advice) > ADVICE_LENGTH:
        yield "advice", f"must be at most {ADVICE_LENGTH} characters"
    if fault := quiet.problem(rule.quiet_hours):
        yield "quiet_hours", fault
    if len(rule.channels) > MOST_CHANNELS:
        yield "channels", f"must be at most {MOST_CHANNELS}"
    elif len(set(rule.channels)) < len(rule.channels):
        yield "channels", "must not be named twice"


def _of_entities(rule: Rule) -> Iterator[tuple[str, str]]:
    """What it is about is named in the way of its kind, and in no other."""
    kind = kind_of(rule.watch)
    if kind == "market":
        yield from _of_markets(rule)
        if rule.entities:
            yield "entities", "must be empty: markets are named by symbols and market"
        return
    for field in ("symbols", "market"):
        if getattr(rule, field):
            yield field, "must be empty: what is watched is of no market"
    if kind == "summary" and rule.entities:
        yield "entities", "must be empty: what is watched is of all markets together"
    elif len(rule.entities) > MOST_ENTITIES:
        yield "entities", f"must be at most {MOST_ENTITIES}"
    elif any(
        not text.strip() or len(text) > LONGEST_NAME or not text.isprintable() for text in rule.entities
    ):
        yield "entities", f"must be names, or patterns with *, of at most {LONGEST_NAME} printable characters"
    elif len(set(rule.entities)) < len(rule.entities):
        yield "entities", "must not be named twice"


def _of_markets(rule: Rule) -> Iterator[tuple[str, str]]:
    strange = next((text for text in rule.symbols if read_pattern(text) != text), None)
    if len(rule.symbols) > MOST_SYMBOLS:
        yield "symbols", f"must be at most {MOST_SYMBOLS}"
    elif strange is not None:
        yield (
            "symbols",
            f"must be {SYMBOL_RULE}, or have * for any of them; got {shown(strange)}{where(strange)}",
        )
    elif len(set(rule.symbols)) < len(rule.symbols):
        yield "symbols", "must not be named twice"
    if rule.market != FOLLOWED and not IS_VENUE(rule.market.removesuffix(CONTRACTS)):
        yield (
            "market",
            "must be the name of a market, such as binance or binance-usdm, or empty for the followed one",
        )


def _of_threshold(rule: Rule, watched: Watched) -> Iterator[tuple[str, str]]:
    """A rule that could never fire, or never be resolved, is a mistake."""
    is_above = rule.comparison == "above"
    least, most = watched.least, watched.most
    if not math.isfinite(rule.threshold):
        yield "threshold", "must be a number"
    elif not (least <= rule.threshold < most if is_above else least < rule.threshold <= most):
        yield "threshold", _bounds(watched, rule.comparison)
    elif rule.clear_at is None:
        return
    elif not (
        least <= rule.clear_at <= rule.threshold if is_above else rule.threshold <= rule.clear_at <= most
    ):
        side = f"at least {least:g} and at most" if is_above else "at least"
        yield "clear_at", f"must be {side} the threshold, {rule.threshold:g}"
    elif not math.isfinite(rule.clear_at):
        yield "clear_at", "must be a number"


def _bounds(watched: Watched, comparison: Comparison) -> str:
    """Nothing is above the most there can be, or below the least."""
    least, most = f"{watched.least:g}", f"{watched.most:g}"
    low = f"at least {least}" if comparison == "above" else f"more than {least}"
    if math.isinf(watched.most):
        return f"must be {low}"
    return f"must be {low} and {'less than' if comparison == 'above' else 'at most'} {most}"

"""Silences: for a while nobody is told of what fires. It fires, ends and is kept as ever."""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from fnmatch import fnmatchcase

import msgspec

from alerts.domain.quiet import quiet_until
from alerts.domain.rules import SEVERITIES, read_pattern
from symbols import RULE as SYMBOL_RULE
from symbols import shown

LONGEST = timedelta(days=30)
"""What should be silent for longer is a rule to be changed, or disabled."""
ANY_SYMBOL = ""
ANY_SEVERITY = ""


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """What is silent: alerts by this rule, of these symbols, of this severity; of those that are given all must hold.

    `symbol` is a symbol or a pattern with `*`, in capitals. `until` is in seconds since the epoch.
    """

    id: int = 0
    rule: int | None = None
    symbol: str = ANY_SYMBOL
    severity: str = ANY_SEVERITY
    until: float

    def covers(self, rule: int, symbol: str, severity: str) -> bool:
        """Is an alert like this what it is about?"""
        return (
            self.rule in (None, rule)
            and (self.symbol == ANY_SYMBOL or fnmatchcase(symbol, self.symbol))
            and self.severity in (ANY_SEVERITY, severity)
        )


def silencing(
    silences: Iterable[Silence], *, rule: int, symbol: str, severity: str, now: float
) -> Silence | None:
    """The silence by which nobody is told of such an alert at `now`: of several the one that lasts longest."""
    found = [each for each in silences if now < each.until and each.covers(rule, symbol, severity)]
    return max(found, key=lambda each: each.until, default=None)


def silent_until(
    silences: Collection[Silence],
    quiet_hours: Sequence[str],
    *,
    rule: int,
    symbol: str,
    severity: str,
    now: float,
) -> float | None:
    """Until when nobody is told of such an alert, by a silence or the quiet hours of its rule, or one after the other
    without a break; None where people are told at `now`.
    """
    until = now
    while True:
        silence = silencing(silences, rule=rule, symbol=symbol, severity=severity, now=until)
        further = max(silence.until if silence else until, quiet_until(quiet_hours, until) or until)
        if further <= until:
            return until if until > now else None
        until = further


def problems(silence: Silence, now: float) -> dict[str, str]:
    """What is wrong with a silence that begins at `now`: by field, a sentence that follows the field's name."""
    found = {}
    if (silence.rule, silence.symbol, silence.severity) == (None, ANY_SYMBOL, ANY_SEVERITY):
        found["rule"] = "must be given, or a symbol, or a severity: not everything can be silent"
    if silence.symbol != ANY_SYMBOL and (
        read_pattern(silence.symbol) != silence.symbol or not silence.symbol.strip("*")
    ):
        found["symbol"] = f"must be {SYMBOL_RULE}, or have * for any of them; got {shown(silence.symbol)}"
    if silence.severity not in (ANY_SEVERITY, *SEVERITIES):
        found["severity"] = f"must be one of {', '.join(SEVERITIES)}"
    if not now < silence.until <= now + LONGEST.total_seconds():
        found["until"] = f"must be in the future, and at most {LONGEST.days} days ahead"
    return found

"""Rules and their values, as people read them."""

from alerts.domain.entities import Kind
from alerts.domain.rules import ANY, FOLLOWED, Rule
from alerts.domain.watched import CATALOGUE, Watched, kind_of
from alerts.domain.watched.summary import ALL_MARKETS

STATES = {
    "is_gap": ("a gap", "no gap"),
    "is_without_nats": ("without NATS", "connected to NATS"),
    "is_without_database": ("without a database", "answered by the database"),
}
"""States that are no adjective, or are written otherwise, and their opposites."""
HAVING = frozenset({"is_gap"})
KINDS: dict[Kind, tuple[str, str]] = {
    "market": ("symbol", "A market"),
    "summary": (ALL_MARKETS, "All markets together"),
    "strategy": ("strategy", "A strategy"),
    "level": ("level", "A level of the configuration"),
    "halt": ("scope", "A halt"),
    "part": ("part", "A part of the system"),
    "rule": ("rule", "A rule of alerts"),
}
"""What one of a kind is called within a sentence, and by itself."""
SPANS = ((86_400.0, "day"), (3_600.0, "hour"), (60.0, "minute"), (1.0, "second"))


def number(value: float) -> str:
    """A number that is read and compared, and not worked with: 12,500 or 0.0625."""
    if abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.4g}" if value else "0"


def value(watch: str, measured: float) -> str:
    """A value with its unit, a state in a word; of what left the catalogue the bare number."""
    watched = CATALOGUE.get(watch)
    if watched is None:
        return number(measured)
    if is_state(watched):
        return _state(watched, is_so=measured > 0)
    joint = "" if watched.unit == "%" else " "
    return f"{number(measured)}{joint}{watched.unit}"


def is_state(watched: Watched) -> bool:
    """Is it one of two: so, or not so?"""
    return not watched.unit


def label(watch: str) -> str:
    """What is watched, in a word or two."""
    watched = CATALOGUE.get(watch)
    return watched.label if watched else watch


def span(seconds: float) -> str:
    """A span of time, in the largest unit that it is a whole number of."""
    for size, unit in SPANS:
        if seconds >= size and seconds % size == 0:
            count = round(seconds / size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{number(seconds)} seconds"


def limit(watch: str, comparison: str, threshold: float) -> str:
    """What was exceeded, as in "Spread above 10 bps"; empty for a state, which says it by itself."""
    watched = CATALOGUE.get(watch)
    if watched is not None and is_state(watched):
        return ""
    return f"{label(watch)} {comparison} {value(watch, threshold)}"


def scope(rule: Rule) -> str:
    """Which entities it is about."""
    kind = kind_of(rule.watch)
    noun = KINDS[kind][0]
    if kind == "summary":
        return noun
    names = rule.symbols if kind == "market" else rule.entities
    listed = ", ".join(names) if names else noun
    if len(names) != 1 or ANY in listed:
        listed = f"any of {listed}" if names else f"any {noun}"
    elif kind != "market":
        listed = f"{noun} {listed}"
    return listed if rule.market == FOLLOWED else f"{listed} at {rule.market}"


def condition(rule: Rule) -> str:
    """What must hold, without for how long: it follows "when"."""
    watched = CATALOGUE.get(rule.watch)
    if watched is not None and is_state(watched):
        verb = "has" if rule.watch in HAVING else "is"
        return f"{scope(rule)} {verb} {_state(watched, is_so=rule.comparison == 'above')}"
    name = label(rule.watch).lower()
    comma = "," if "," in name else ""
    return f"{name}{comma} of {scope(rule)} is {rule.comparison} {value(rule.watch, rule.threshold)}"


def _state(watched: Watched, *, is_so: bool) -> str:
    word = watched.label.lower()
    return STATES.get(watched.name, (word, f"not {word}"))[0 if is_so else 1]


def sentence(rule: Rule) -> str:
    """When it fires, when that is over, and when nobody is told. Of a sound rule."""
    hours = f" Nobody is told {', '.join(rule.quiet_hours)} UTC." if rule.quiet_hours else ""
    return f"{_firing(rule)}{hours}"


def _firing(rule: Rule) -> str:
    lasting = f" for {span(rule.for_seconds)}" if rule.for_seconds else ", at once"
    watched = CATALOGUE.get(rule.watch)
    if watched is not None and is_state(watched):
        return f"Fires when {condition(rule)}{lasting}."
    side = "down to" if rule.comparison == "above" else "up to"
    back = value(rule.watch, rule.resolves_at)
    return f"Fires when {condition(rule)}{lasting}. It is over when the value is back {side} {back}."

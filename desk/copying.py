"""Copying one symbol's override to other symbols, all of them or none."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse

from configuration import reading, services
from configuration.addressing import address
from configuration.domain.effective import StrategyLevels
from configuration.domain.problems import InvalidValue
from configuration.domain.symbols import parse_symbol
from configuration.exceptions import NothingToCopy
from configuration.known_symbols import unknown_among
from configuration.permissions import ADD, to_set
from configuration.previews import Preview, preview
from configuration.services import Author
from desk.pages import demand, level_url, page
from desk.proposals import Proposal, ask, confirm
from desk.suggestions import tracked_symbols
from desk.writing import REASON_LENGTH, meant, unanswered
from symbols import capitals

SEPARATORS = re.compile(r"[\s,;，、；]+")  # those of Chinese and Japanese keyboards, too
MOST_TARGETS = 100


@page
def copy(request: HttpRequest, strategy_id: str, symbol: str) -> HttpResponse:
    """Choose symbols, preview each, and give them all what this symbol sets."""
    strategy_id, source = address(strategy_id, symbol)
    levels = reading.strategy(strategy_id)
    if source is None or levels.own(source) is None:
        raise NothingToCopy(strategy_id, source)
    demand(request.user, ADD)
    entered = request.POST.get("symbols", "")
    nothing_yet = copies(levels, source, [], entered)
    if request.method != "POST":
        return ask(request, nothing_yet)
    try:
        chosen = [(name, meant(request.POST, name)) for name in words_in(entered)]
        symbols = symbols_in(" ".join(name for _, name in chosen), source)
    except InvalidValue as refusal:
        return ask(request, nothing_yet, objection=f"{refusal}.")
    if objection := objection_to(symbols):
        return ask(request, nothing_yet, objection=objection)
    strange = unknown_among(symbols)
    unknown = unanswered(
        request.POST, {name: [each for each in strange[name] if each != source] for name in strange}
    )
    for name in symbols:
        demand(request.user, to_set(levels.own(name)))
    remarks = remarks_on(chosen, source)
    certain = [name for name in symbols if name not in unknown]
    proposal = copies(levels, source, certain, " ".join(symbols), remarks)
    if unknown:
        return ask(request, proposal, unknown=unknown)
    if remarks:  # what the chosen symbols hold has not been seen yet
        return ask(request, proposal)
    return confirm(request, proposal)


def symbols_in(text: str, source: str) -> list[str]:
    """The symbols named in a text, each once, without the one copied from; raises InvalidValue."""
    names = dict.fromkeys(map(parse_symbol, words_in(text)))
    return [name for name in names if name != source]


def words_in(text: str) -> list[str]:
    """What stands between commas and blanks."""
    return [word for word in SEPARATORS.split(text) if word]


def remarks_on(chosen: list[tuple[str, str]], source: str) -> list[str]:
    """What was chosen in the place of what was entered, in sentences; `chosen` are pairs of both."""
    return [
        f"You meant {name}, not {capitals(entered)}."
        + (f" {name} is what is copied, so it is left out." if name == source else "")
        + (f" {name} is among them already, so it stands once." if is_repeated(name, chosen) else "")
        for entered, name in chosen
        if name != entered
    ]


def is_repeated(symbol: str, chosen: list[tuple[str, str]]) -> bool:
    return sum(capitals(name) == symbol for _, name in chosen) > 1


def objection_to(symbols: list[str]) -> str:
    """What is wrong with how many there are, empty when nothing is."""
    if not symbols:
        return "Name at least one other symbol."
    return f"Name at most {MOST_TARGETS} symbols at a time." if len(symbols) > MOST_TARGETS else ""


def origin(source: str) -> str:
    """As every copy has it in its history."""
    return f"Copied from {source}"


def with_origin(reason: str, source: str) -> str:
    """The reason that was given, behind where the values come from."""
    if reason.startswith(origin(source)):
        return reason
    return f"{origin(source)}: {reason}"[:REASON_LENGTH]


def copies(
    levels: StrategyLevels, source: str, symbols: list[str], entered: str, remarks: Sequence[str] = ()
) -> Proposal:
    """What `source` sets for all of `symbols`, none of them while they are not chosen."""
    spec, overrides = levels.spec, levels.symbols[source].overrides
    strategy_id = spec.strategy_id

    previews: dict[str | None, Preview] = {
        name: preview(levels, name, overrides, replace=True) for name in symbols
    }

    def write(author: Author) -> str:
        """In one transaction; those that set the same already get no new version."""
        author = replace(author, reason=with_origin(author.reason, source))
        contents: dict[str | None, Mapping[str, Any]] = dict.fromkeys(symbols, overrides)
        plan = services.write_levels({strategy_id: contents}, author=author)
        if not plan.changing:
            return f"{spec.name}: nothing changed, {', '.join(symbols)} hold that already."
        return f"{spec.name}: what {source} sets now holds for {', '.join(symbols)} too."

    return Proposal(
        title=f"Copy {spec.name} · {source}",
        template="desk/copying.html",
        levels=levels,
        previews=previews,
        write=write,
        reason=origin(source),
        context={
            "source": source,
            "values": [
                (parameter, overrides[name])
                for name, parameter in spec.parameters.items()
                if name in overrides
            ],
            "symbols": entered,
            "remarks": remarks,
            "suggestions": tracked_symbols(),
            "cancel_url": level_url(strategy_id, source),
        },
    )

"""The page of signals: what the strategies decide, and what each decision rests on.

It informs without scripts; with them, `static/realtime/js/signals.js` asks for what has arrived since.
"""

from collections import Counter
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from redis.exceptions import RedisError

from configuration.domain.catalogue import CATALOGUE
from configuration.permissions import may_see_configuration
from halts.domain import Scope
from halts.reading import halts_now
from metrics.pages.freshness import Context, origin_now, restarts
from metrics.pages.names import names
from metrics.views import page
from strategies.answers import signal_answer
from strategies.choice import CONFIDENCES, SIDES, STATE_WORDS, Choice
from strategies.domain.signal import KeptSignal, moment
from strategies.followed_up import averages, followed_up, of_ledger, read_again, shown_of
from strategies.groups import grouped
from strategies.keys import KEPT_HALTED, KEPT_SIGNALS
from strategies.ledger.reading import LOOKED_THROUGH, Place, key_of
from strategies.reader import StrategiesReader, get_reader

SHOWN = 50
MOST_READ = 20
DEAF_AFTER_SECONDS = 10.0
"""No market for so long is worth a word."""
LAST_KEY = UUID(int=2**128 - 1)
SHOWN_APART = {"strategy_config", "book"}


@page
def signals(request: HttpRequest) -> HttpResponse:
    """The newest signals of a choice, several alike as one. 503 while the store is away.

    With `after`, the place of an earlier answer, without the frame of the page: the whole list anew where anything of
    the choice has arrived since, and none where nothing has; with `whole` in any case, and what the ledger knows, also
    of those that are `read`, by their ids: they may be among the newest no more.
    With `cursor`, or of a choice that only the ledger has, what it has there: older signals, which stand still.
    """
    choice = Choice.from_parameters(request.GET.dict())
    after = request.GET.get("after")
    may_see = may_see_configuration(request.user)
    reader = get_reader()
    cursor = place_of(request.GET.get("cursor", ""))
    is_live = choice.is_live and cursor is None
    is_whole = after is None or "whole" in request.GET
    try:
        found = {
            **(
                listed(reader, choice, after, is_whole=is_whole, may_see=may_see)
                if is_live
                else kept_in_ledger(choice, cursor, may_see=may_see)
            ),
            **heard(reader),
            **standing(reader, choice),
            "origin_notice": origin_now(),
        }
    except RedisError:
        found = {"groups": [], "place": after or "", "store_away": True}
    context = {
        "page": "signals",
        "choice": choice,
        "catalogue": CATALOGUE,
        "states": STATE_WORDS,
        "sides": SIDES,
        "confidences": CONFIDENCES,
        "shown": SHOWN,
        "may_see": may_see,
        "is_live": is_live,
        "is_whole": is_whole,
        "looked_through": LOOKED_THROUGH,
        "newest_query": choice.query(start="", end=""),
        **(averages(choice.in_ledger) if is_whole else {"tally": None}),
        "read": still_read(request.GET.get("read", ""), may_see=may_see) if is_whole else (),
        **halted(choice),
        "read_at": moment(reader.clock()),
        **found,
    }
    template = "strategies/signals.html" if after is None else "strategies/_live.html"
    return render(request, template, context, status=503 if "store_away" in found else 200)


def listed(
    reader: StrategiesReader, choice: Choice, after: str | None, *, is_whole: bool, may_see: bool
) -> Context:
    """Groups of signals with what is behind each, how many have arrived since `after`, the place to go on from, and
    where older ones are; the parameters only for those who may see configuration."""
    strategy_id = choice.strategy or None
    if after:
        news, place = reader.signals_since(after, strategy_id=strategy_id, wanted=choice.wanted, limit=SHOWN)
        if not news and not is_whole:
            return {"groups": [], "news": 0, "place": place}
    newest, place = reader.signals_since("", strategy_id=strategy_id, wanted=choice.wanted, limit=SHOWN)
    known = followed_up(newest)
    return {
        "groups": grouped(row_of(each, known[each.id], may_see=may_see) for each in newest),
        "news": len(news) if after else len(newest),
        "place": place,
        "older": older_than(choice, behind_of(newest[-1])) if len(newest) == SHOWN else "",
    }


def still_read(ids: str, *, may_see: bool) -> list[Context]:
    """Signals that somebody has opened, with what the ledger knows of them now."""
    asked = ids.split(",")[:MOST_READ] if ids else []
    return [row_of(each, shown_of(each), may_see=may_see) for each in read_again(asked)] if asked else []


def kept_in_ledger(choice: Choice, cursor: Place | None, *, may_see: bool) -> Context:
    """The same of the ledger, behind a place; `ledger_away` where that cannot be asked."""
    try:
        found, behind_all = of_ledger(choice.in_ledger, cursor, SHOWN)
    except DatabaseError:
        return {"groups": [], "ledger_away": True}
    rows = [row_of(each, shown_of(each), may_see=may_see) for each in found]
    return {"groups": grouped(rows), "older": older_than(choice, behind_all) if behind_all else ""}


def place_of(cursor: str) -> Place | None:
    """What is none is left open."""
    try:
        return Place.read(cursor) if cursor else None
    except ValueError:
        return None


def behind_of(signal: KeptSignal) -> Place:
    return Place(datetime.fromisoformat(signal.timestamp), key_of(signal.id) or LAST_KEY)


def older_than(choice: Choice, place: Place) -> str:
    """The query of what the ledger has of a choice behind a place."""
    return choice.query(cursor=place.text)


def row_of(signal: KeptSignal, known: Context, *, may_see: bool) -> Context:
    """A signal as the templates show it."""
    answer = signal_answer(signal, with_parameters=may_see)
    return {
        "signal": answer,
        "names": names(answer["symbol"]),
        "held_back_by": scope_of(answer["halted_by"]),
        "known": known,
        **behind(answer["metadata"]),
    }


def scope_of(halted_by: dict[str, str | None] | None) -> Scope | None:
    """What the halt covers that held a signal back."""
    return Scope(halted_by["strategy_id"] or "", halted_by["symbol"] or "") if halted_by else None


def behind(metadata: Context) -> Context:
    """What a decision rests on; `evidence` is whatever a strategy adds of its own."""
    return {
        "used": metadata["strategy_config"],
        "book": metadata["book"],
        "evidence": {name: value for name, value in metadata.items() if name not in SHOWN_APART},
    }


def standing(reader: StrategiesReader, choice: Choice) -> Context:
    """Every strategy, when a signal of it was last sent and since when none is missing, and every side, each with what
    the choice leaves of it, counted, and where its signals are; of what is chosen, where all are."""
    left = [outline for outline in reader.outlines() if choice.has(outline)]
    counts = Counter((outline.strategy_id, outline.action) for outline in left)
    dropped = reader.dropped()
    least = {name for name in CATALOGUE if dropped[name].counts_least(choice.state)}
    is_least = bool(least & set([choice.strategy] if choice.strategy else CATALOGUE))
    return {
        "kept": Tally(len(left), is_least),
        "kept_signals": KEPT_SIGNALS,
        "kept_halted": KEPT_HALTED,
        "latest": [
            {
                "spec": CATALOGUE[name],
                "at": at,
                "is_shown": name == choice.strategy,
                "query": choice.query(strategy="" if name == choice.strategy else name),
                "counts": [(side, Tally(counts[name, side], name in least)) for side in SIDES],
                "complete_from": moment_of(dropped[name].complete_from),
            }
            for name, at in reader.newest_of_each().items()
        ],
        "by_side": [
            {
                "side": side,
                "is_shown": side == choice.side,
                "query": choice.query(side="" if side == choice.side else side),
                "count": Tally(sum(counts[name, side] for name in CATALOGUE), is_least),
            }
            for side in SIDES
        ],
    }


class Tally(NamedTuple):
    """How many signals are kept; `is_least` where there may have been more."""

    number: int
    is_least: bool

    def __str__(self) -> str:
        return f"{self.number:,}{'+' if self.number and self.is_least else ''}"


def moment_of(timestamp: str | None) -> datetime | None:
    """As templates format it."""
    return None if timestamp is None else datetime.fromisoformat(timestamp)


def heard(reader: StrategiesReader) -> Context:
    """How many strategy processes there are, how many of them are silent or without NATS, and since when."""
    now, reports = reader.clock(), reader.processes()
    running = [report for report in reports if not report.is_silent(now)]
    away = [report.nats_away_since for report in running if report.nats_away_since is not None]
    newest = max((report.last_message_at or report.started_at for report in running), default=now)
    return {
        "processes": len(reports),
        "silent": len(reports) - len(running),
        "running": len(running),
        "cut_off": len(away),
        "cut_off_since": moment(min(away)) if away else None,
        "restarts": restarts(running),
        "deaf_since": moment(newest) if now - newest > DEAF_AFTER_SECONDS else None,
    }


def halted(choice: Choice) -> Context:
    """Every halt that holds, the widest first, None where that is not known; and whether all strategies of the choice
    are halted."""
    known = halts_now()
    if known is None:
        return {"halts": None, "is_halted": False}
    chosen = [choice.strategy] if choice.strategy else CATALOGUE
    halts = sorted(known.records.values(), key=lambda record: record.scope)
    return {"halts": halts, "is_halted": known.are_halted(chosen)}

"""The page of signals: what the strategies decide, and what each decision rests on.

It informs without scripts; with them, `static/realtime/js/signals.js` asks for what has arrived since.
"""

from typing import cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from redis.exceptions import RedisError

from configuration.domain.catalogue import CATALOGUE
from configuration.permissions import may_see_configuration
from halts.domain import HaltRecord, Scope
from halts.reading import halts_now
from metrics.pages.freshness import Context, restarts
from metrics.pages.names import names
from metrics.views import page
from strategies.answers import signal_answer
from strategies.domain.signal import SignalState, moment
from strategies.reader import StrategiesReader, get_reader
from symbols import fault_of, read_symbol

SHOWN = 50
DEAF_AFTER_SECONDS = 10.0
"""No market for so long is worth a word."""
STATE_WORDS: dict[SignalState, str] = {
    "sent": "Sent",
    "halted": "Held back by a halt",
    "held_back": "Held back as too old",
}
SHOWN_APART = {"strategy_config", "book"}


@page
def signals(request: HttpRequest) -> HttpResponse:
    """The newest signals, of one strategy, about one symbol or of one fate if asked. 503 while the store is away.

    With `after`, the place of an earlier answer, only what has arrived since, without the frame of the page.
    """
    asked = {name: request.GET.get(name, "").strip() for name in ("strategy", "symbol", "state", "after")}
    symbol = read_symbol(asked["symbol"])
    objection = f"A symbol is {fault_of(asked['symbol'])}." if asked["symbol"] and symbol is None else ""
    asked["symbol"] = symbol or asked["symbol"]
    asked["strategy"], asked["state"] = asked["strategy"].lower(), asked["state"].lower()
    asked["state"] = asked["state"] if asked["state"] in STATE_WORDS else ""
    may_see = may_see_configuration(request.user)
    reader = get_reader()
    try:
        found = {**arrived(reader, asked, may_see=may_see), **heard(reader), "latest": latest(reader, asked)}
    except RedisError:
        found = {"rows": [], "place": asked["after"], "store_away": True}
    context = {
        "page": "signals",
        "asked": asked,
        "objection": objection,
        "catalogue": CATALOGUE,
        "states": STATE_WORDS,
        "shown": SHOWN,
        "may_see": may_see,
        "halts": halts_in_force(),
        "read_at": moment(reader.clock()),
        **found,
    }
    template = "strategies/_live.html" if "after" in request.GET else "strategies/signals.html"
    return render(request, template, context, status=503 if "store_away" in found else 200)


def arrived(reader: StrategiesReader, asked: dict[str, str], *, may_see: bool) -> Context:
    """Signals with what is behind each, and the place to go on from; the parameters only for those who may see
    configuration."""
    signals, place = reader.signals_since(
        asked["after"],
        strategy_id=asked["strategy"] or None,
        symbol=asked["symbol"] or None,
        state=cast(SignalState, asked["state"]) if asked["state"] else None,
        limit=SHOWN,
    )
    answers = [signal_answer(signal, with_parameters=may_see) for signal in signals]
    rows = [
        {
            "signal": answer,
            "names": names(answer["symbol"]),
            "held_back_by": scope_of(answer["halted_by"]),
            **behind(answer["metadata"]),
        }
        for answer in answers
    ]
    return {"rows": rows, "place": place}


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


def latest(reader: StrategiesReader, asked: dict[str, str]) -> list[Context]:
    """Every strategy, when it last signalled, and where its signals are; of the one that is shown, where all are."""

    def query(strategy_id: str) -> str:
        chosen = {
            "strategy": strategy_id if strategy_id != asked["strategy"] else "",
            "symbol": asked["symbol"],
            "state": asked["state"],
        }
        return urlencode({name: value for name, value in chosen.items() if value})

    return [
        {"spec": CATALOGUE[name], "at": at, "is_shown": name == asked["strategy"], "query": query(name)}
        for name, at in reader.newest_of_each().items()
    ]


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


def halts_in_force() -> list[HaltRecord] | None:
    """Every halt that holds, the widest first; None where that cannot be told."""
    halts = halts_now()
    return None if halts is None else sorted(halts.records.values(), key=lambda record: record.scope)

"""What fires by which rules: listed, acknowledged, silenced; and the rules themselves.

A change of a rule is built on a Rule that was read: where somebody else wrote in between, it is refused with
RuleChanged.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeVar

import msgspec

from realtime_strategies_client.asking import answer, data, envelope, given, place
from realtime_strategies_client.errors import ClientError, Conflict, RuleChanged
from realtime_strategies_client.faces import Call, F, Group, Listing
from realtime_strategies_client.firing import Alert, Firing, FiringView
from realtime_strategies_client.following import follow
from realtime_strategies_client.steps import Request, Series, Show, Steps

T = TypeVar("T")

MOST_ON_A_PAGE = 1000
Severity = Literal["info", "warning", "critical"]
State = Literal["firing", "resolved", "all"]


class Rule(msgspec.Struct, kw_only=True):
    """What must not be, for how long, and where that is told; `id` and what follows are the server's.

    `watch` is a name of `watched()`, `symbols` are names or patterns with * (none: any symbol), `market` is as in
    "binance-usdm" (empty: the followed one). What is no market is named by `entities`, in the same way as symbols are.
    """

    name: str
    watch: str
    comparison: str  # "above" or "below"
    threshold: float
    symbols: list[str] = []
    market: str = ""
    entities: list[str] = []
    clear_at: float | None = None
    for_seconds: float = 0.0
    severity: str = "warning"  # or "info", "critical"
    advice: str = ""
    quiet_hours: list[str] = []
    channels: list[int] = []
    is_enabled: bool = True
    id: int | None = None
    version: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


OF_THE_SERVER = ("id", "version", "created_at", "updated_at")


class Silence(msgspec.Struct, kw_only=True):
    """Of which alerts nobody is told for a while. Of rule, symbol and severity all that are given must hold."""

    id: int
    rule: int | None
    rule_name: str | None
    symbol: str | None
    severity: str | None
    made_at: datetime
    until: datetime
    reason: str
    actor: str
    changed_by: str | None
    ended_at: datetime | None
    ended_by: str | None
    ended_reason: str | None


class Watched(msgspec.Struct):
    """Something that rules may watch, with a threshold to begin with."""

    name: str
    of: str
    label: str
    description: str
    unit: str  # empty where it has none
    least: float | None
    most: float | None
    example: float


class FiredOften(msgspec.Struct):
    symbol: str
    fired: int


class Span(msgspec.Struct):
    """When an alert would have fired; `until` is None where it still would."""

    symbol: str
    market: str
    since: datetime
    until: datetime | None


class Tried(msgspec.Struct):
    """What a rule would have done; where nobody can say it, `why_not` says why, and the counts are None."""

    start: datetime
    end: datetime
    why_not: str | None
    resolution: str
    fired: int | None
    by_symbol: list[FiredOften]
    spans: list[Span]
    minutes_beyond: int | None
    markets_beyond: int | None
    markets_judged: int | None


class Alerts(msgspec.Struct):
    """A page of them, the newest first; `total` counts all pages."""

    alerts: list[Alert]
    total: int
    offset: int


# Among the calls one is named `list`.
Silences = list[Silence]
Catalogue = list[Watched]
Rules = list[Rule]


class AlertCalls(Group[F]):
    """`client.alerts`"""

    @Call
    def list(
        self,
        *,
        state: State = "firing",
        symbol: str | None = None,
        entity: str | None = None,
        severity: Severity | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> Steps[Alerts]:
        """What fires, or fired: of one symbol, of one `entity` that is no market, of one severity."""
        return _page(limit, offset, state=state, symbol=symbol, entity=entity, severity=severity)

    @Listing
    def each(
        self,
        *,
        state: State = "all",
        symbol: str | None = None,
        entity: str | None = None,
        severity: Severity | None = None,
    ) -> Series[Alert]:
        """All of them, page by page, the newest first; what fires meanwhile does not come twice."""
        asked = {"state": state, "symbol": symbol, "entity": entity, "severity": severity}
        seen, oldest = 0, None
        while True:
            page = yield from _page(MOST_ON_A_PAGE, seen, **asked)
            for alert in page.alerts:
                if oldest is None or alert.id < oldest:
                    yield Show(alert)
                    oldest = alert.id
            seen += len(page.alerts)
            if not page.alerts or seen >= page.total:
                return

    @Listing
    def follow(self) -> Series[Firing]:
        """What fires, whenever something happens to an alert; it goes on by itself as other streams do."""
        return follow("/alerts/", FiringView())

    @Call
    def acknowledge(self, alert_id: int, note: str = "", *, changed_by: str = "") -> Steps[Alert]:
        """Say that somebody looks after it. Who said so first stays. AlertResolved where it fires no more."""
        body = given({"note": note or None, "changed_by": changed_by or None})
        return data(Request("POST", _at("acknowledge", alert_id), body=body), Alert)

    # -- Silences --------------------------------------------------------------------------------

    @Call
    def silences(self, *, state: Literal["in_force", "past", "all"] = "in_force") -> Steps[Silences]:
        """Those in force, the first to end before the others; up to 1,000."""
        query = {"state": state, "limit": MOST_ON_A_PAGE}
        return data(Request("GET", "/alerts/silences", query), Silences)

    @Call
    def silence(
        self,
        reason: str,
        *,
        rule: int | None = None,
        symbol: str | None = None,
        severity: Severity | None = None,
        until: datetime | None = None,
        for_seconds: float | None = None,
        changed_by: str = "",
    ) -> Steps[Silence]:
        """Have nobody told of some alerts, `until` a moment or `for_seconds` from now; what is named must all hold."""
        if until is not None and until.tzinfo is None:
            raise ValueError("A time needs its zone, as in datetime.now(UTC)")
        named = {"rule": rule, "symbol": symbol, "severity": severity, "for_seconds": for_seconds}
        end = {"until": until and until.isoformat()}
        body = given({**named, **end, **_why(reason, changed_by)})
        return data(Request("POST", "/alerts/silences", body=body), Silence)

    @Call
    def end_silence(self, silence_id: int, reason: str) -> Steps[Silence]:
        """People are told again. SilenceOver where it is over already."""
        return data(Request("DELETE", _at("silences", silence_id), {"reason": reason}), Silence)

    # -- Rules -----------------------------------------------------------------------------------

    @Call
    def watched(self) -> Steps[Catalogue]:
        """What rules may watch."""
        return data(Request("GET", "/alerts/watched"), Catalogue)

    @Call
    def rules(self) -> Steps[Rules]:
        """All of them by name, those that are disabled as well."""
        return data(Request("GET", "/alerts/rules"), Rules)

    @Call
    def rule(self, rule_id: int) -> Steps[Rule]:
        """One rule."""
        return _rule(rule_id)

    @Call
    def would_have_fired(self, rule: Rule) -> Steps[Tried]:
        """When such a rule would have fired in the last 24 hours, by the minutes that are kept; nothing is saved."""
        return data(Request("POST", "/alerts/rules/test", body=_contents(rule)), Tried)

    @Call
    def make_rule(self, rule: Rule, reason: str, *, changed_by: str = "") -> Steps[Rule]:
        """It is judged from the next second on. ValidationFailed with every problem."""
        body = _contents(rule) | _why(reason, changed_by)
        return data(Request("POST", "/alerts/rules", body=body), Rule)

    @Call
    def change_rule(
        self, seen: Rule, changes: Mapping[str, Any], reason: str, *, changed_by: str = ""
    ) -> Steps[Rule]:
        """Give the rule that was `seen` other contents; the rest stays. RuleChanged where it is no longer as seen."""
        body = {**_contents(seen), **changes, **_why(reason, changed_by)}
        return _built_on(
            seen, data(Request("PUT", _at("rules", seen.id), body=body, headers=_tag(seen)), Rule)
        )

    @Call
    def delete_rule(self, seen: Rule, reason: str, *, changed_by: str = "") -> Steps[None]:
        """What fires by it is resolved; its alerts and its history stay. RuleChanged where it is no longer as seen."""
        query = _why(reason, changed_by)
        deletion = answer(Request("DELETE", _at("rules", seen.id), query, headers=_tag(seen)))
        yield from _built_on(seen, deletion)


def _at(what: str, number: int | None) -> str:
    if number is None:
        raise ValueError("This rule was not read; read it with `rule` or `rules` first")
    return place("alerts", what, str(number))


def _page(limit: int, offset: int, **asked: str | None) -> Steps[Alerts]:
    query = given({"limit": limit, "offset": offset, **asked})
    answered = yield from envelope(Request("GET", "/alerts", query), list[Alert])
    return Alerts(answered.data, answered.known_metadata["total"], offset)


def _rule(rule_id: int | None) -> Steps[Rule]:
    return data(Request("GET", _at("rules", rule_id)), Rule)


def _contents(rule: Rule) -> dict[str, Any]:
    """What people say of it."""
    contents: dict[str, Any] = msgspec.to_builtins(rule)
    return {name: value for name, value in contents.items() if name not in OF_THE_SERVER}


def _why(reason: str, changed_by: str) -> dict[str, Any]:
    return given({"reason": reason, "changed_by": changed_by or None})


def _tag(seen: Rule) -> dict[str, str]:
    return {"If-Match": f'"rule:{seen.version}"'}


def _built_on(seen: Rule, steps: Steps[T]) -> Steps[T]:
    """A write that is refused where what was seen is no longer so."""
    try:
        return (yield from steps)
    except Conflict as conflict:
        changed = RuleChanged(
            str(conflict), status=conflict.status, code=conflict.code, details=conflict.details
        )
    changed.seen = seen
    try:
        changed.present = yield from _rule(seen.id)
    except ClientError as error:
        raise changed from error
    raise changed

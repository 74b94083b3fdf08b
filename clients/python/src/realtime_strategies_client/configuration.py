"""What strategies run on: read, changed, explained, undone.

A change is built on a Config that was read: it carries its entity tag, and where somebody else wrote in between the
change is refused with a Conflict.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from time import monotonic
from typing import Any

import httpx
import msgspec

from realtime_strategies_client.asking import Envelope, answer, data, decoded, envelope, given, place, span
from realtime_strategies_client.effects import Effect
from realtime_strategies_client.errors import CannotBeJudged, ClientError, Conflict, NotApplied
from realtime_strategies_client.faces import Call, F, Group, Listing
from realtime_strategies_client.steps import Request, Series, Show, Steps, Wait
from realtime_strategies_client.what_if import Recorded, WhatIf

LOOK_AGAIN_SECONDS = 0.25
MOST_ON_A_PAGE = 1000


class _NotJudged(msgspec.Struct, tag_field="kind", tag="refusal"):
    sentence: str


class Strategy(msgspec.Struct):
    strategy_id: str
    name: str
    description: str
    category: str
    type: str
    has_global_config: bool
    symbol_overrides: list[str]
    parameter_count: int
    state: str  # "ACTIVE" or "HALTED"


class Parameter(msgspec.Struct):
    name: str
    type: str
    description: str
    unit: str | None
    default: Any
    min: float | None
    max: float | None
    allowed_values: list[str] | None
    example: Any


class Schema(msgspec.Struct):
    parameters: list[Parameter]
    rules: list[str]


class Config(msgspec.Struct, kw_only=True):
    """What is in force for a strategy, for all symbols (`symbol` None) or for one.

    `etag` names the state that was read, None where nothing was: as of a preview. `action` is what a write did.
    """

    strategy_id: str
    symbol: str | None
    parameters: dict[str, Any]
    overrides: dict[str, Any]
    provenance: dict[str, str]
    version: int
    source: str
    is_override: bool
    created_at: datetime | None
    updated_at: datetime | None
    hash: str
    etag: str | None = None
    action: str | None = None


class Problem(msgspec.Struct):
    field: str
    message: str
    code: str


class Validation(msgspec.Struct):
    validation_passed: bool
    errors: list[Problem]
    warnings: list[str]
    preview: Config | None


class Explained(msgspec.Struct, kw_only=True):
    """A value, and who set it where, when and why."""

    value: Any
    layer: str
    version: int | None
    changed_by: str | None
    changed_at: datetime | None
    reason: str | None
    shadows: "list[Explained]" = []


class Process(msgspec.Struct):
    """What one process uses."""

    instance: str
    version: int | None
    hash: str | None
    applied_at: datetime | None
    lag_ms: int | None
    status: str  # "applied", "pending", "rejected" or "stale"
    reason: str | None


class Applied(msgspec.Struct):
    """`converged`: there is a process, and all of them use what the database holds."""

    processes: list[Process]
    converged: bool


class Change(msgspec.Struct):
    """A row of the audit trail; its `id` is what `rollback` takes as `change_id`.

    Levels that changed at one stroke share a `batch`, which `revert` takes.
    """

    id: str
    strategy_id: str
    symbol: str | None
    action: str
    old_parameters: dict[str, Any] | None
    new_parameters: dict[str, Any] | None
    changes: dict[str, list[Any]]
    version: int
    actor: str
    changed_by: str | None
    changed_at: datetime
    reason: str | None
    source: str
    batch: str | None = None


class BatchChange(Change, kw_only=True):
    """A change of a batch; `is_newest` while its level was not changed since."""

    is_newest: bool


class Audit(msgspec.Struct):
    """A page of the trail, the newest first; `total` counts all pages."""

    changes: list[Change]
    total: int
    offset: int


class _Reverted(msgspec.Struct):
    batch: str | None


class Configuration(Group[F]):
    """`client.config`"""

    @Call
    def strategies(self) -> Steps[list[Strategy]]:
        """Every strategy, where it is configured, and whether it is halted."""
        return data(Request("GET", "/strategies"), list[Strategy])

    @Call
    def schema(self, strategy_id: str) -> Steps[Schema]:
        """The parameters of a strategy, their limits, and the rules between them."""
        answered = yield from envelope(Request("GET", _of(strategy_id, "schema")), list[Parameter])
        return Schema(answered.data, answered.known_metadata["rules"])

    @Call
    def defaults(self, strategy_id: str) -> Steps[dict[str, Any]]:
        """The values where nobody sets anything."""
        return data(Request("GET", _of(strategy_id, "defaults")), dict[str, Any])

    @Call
    def what_if(
        self,
        strategy_id: str,
        parameters: Mapping[str, Any],
        symbol: str | None = None,
        *,
        minutes: float | None = None,
        recording: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        replace: bool = False,
    ) -> Steps[WhatIf]:
        """What these values would have done in the last minutes (15), or from `start` on and before `end`, as the
        journal of the market has it, or over recordings of a name or pattern. Nothing is written; it may take a minute.

        CannotBeJudged where nobody can say it, ValidationFailed where they could not be set.
        """
        asked = given({"minutes": minutes, "recording": recording}) | span(start, end)
        body = {"parameters": parameters, "replace": replace, **asked}
        response = yield from answer(Request("POST", _of(strategy_id, "what-if", symbol), body=body))
        last = response.content.splitlines()[-1:]
        either: Any = WhatIf | _NotJudged
        found: WhatIf | _NotJudged = decoded(b"".join(last), either)
        if isinstance(found, _NotJudged):
            raise CannotBeJudged(found.sentence)
        return found

    @Call
    def recordings(self) -> Steps[list[Recorded]]:
        """What `what_if` may be asked about beside the journal, the last written first."""
        return data(Request("GET", place("what-if", "recordings")), list[Recorded])

    @Call
    def effective(self, strategy_id: str, symbol: str | None = None) -> Steps[Config]:
        """What is in force, with the layer each value comes from."""
        return _effective(strategy_id, symbol)

    @Call
    def change(
        self,
        seen: Config,
        parameters: Mapping[str, Any],
        *,
        reason: str = "",
        changed_by: str = "",
        replace: bool = False,
    ) -> Steps[Config]:
        """Merge parameters into the level that was `seen`; None inherits again, `replace` makes them all of it.

        Conflict where it is no longer as seen, ValidationFailed with every problem where a value or a rule fails.
        """
        body = {"parameters": parameters, "replace": replace} | _words(reason, changed_by)
        return _config(Request("POST", _of(seen.strategy_id, "config", seen.symbol), body=body), seen)

    @Call
    def set(
        self,
        strategy_id: str,
        parameters: Mapping[str, Any],
        symbol: str | None = None,
        *,
        reason: str = "",
        changed_by: str = "",
        replace: bool = False,
    ) -> Steps[Config]:
        """The same whatever is there: somebody else's change of the same parameter is overwritten."""
        body = {"parameters": parameters, "replace": replace} | _words(reason, changed_by)
        return _config(Request("POST", _of(strategy_id, "config", symbol), body=body))

    @Call
    def validate(
        self,
        strategy_id: str,
        parameters: Mapping[str, Any],
        symbol: str | None = None,
        *,
        replace: bool = False,
    ) -> Steps[Validation]:
        """Judge a change as a write would, and write nothing."""
        named = {"strategy_id": strategy_id, "symbol": symbol}
        body = {**given(named), "parameters": parameters, "replace": replace}
        return data(Request("POST", "/config/validate", body=body), Validation)

    @Call
    def delete(self, seen: Config, *, reason: str = "", changed_by: str = "") -> Steps[None]:
        """Remove all that the level sets itself. NotFound where it sets nothing."""
        query = _words(reason, changed_by)
        yield from _sent(Request("DELETE", _of(seen.strategy_id, "config", seen.symbol), query), seen)

    @Call
    def rollback(
        self,
        seen: Config,
        *,
        version: int | None = None,
        change_id: str | None = None,
        reason: str = "",
        changed_by: str = "",
    ) -> Steps[Config]:
        """Back to a version, to the contents a change of the audit trail made, or to before the last change."""
        body = given({"target_version": version, "rollback_id": change_id})
        path = _of(seen.strategy_id, "rollback", seen.symbol)
        return _config(Request("POST", path, body=body | _words(reason, changed_by)), seen)

    @Call
    def explain(self, strategy_id: str, symbol: str | None = None) -> Steps[dict[str, Explained]]:
        """Where each value comes from, and which values it hides."""
        return data(Request("GET", _of(strategy_id, "explain", symbol)), dict[str, Explained])

    @Call
    def applied(self, strategy_id: str, symbol: str | None = None) -> Steps[Applied]:
        """What every process that runs the strategy uses."""
        return _applied(strategy_id, symbol)

    @Call
    def wait_until_applied(self, config: Config, timeout: float = 30.0) -> Steps[Applied]:
        """Return once every process uses this configuration.

        NotApplied after `timeout` seconds, and at once where a process rejects it or another change is in force.
        """
        deadline = monotonic() + timeout
        while True:
            applied = yield from _applied(config.strategy_id, config.symbol)
            if applied.converged and all(each.hash == config.hash for each in applied.processes):
                return applied
            hindrance = _hindrance(applied)
            if hindrance is None and monotonic() >= deadline:
                hindrance = f"Not in force in every process within {timeout:g} s."
            if hindrance is not None:
                raise NotApplied(hindrance, applied)
            yield Wait(LOOK_AGAIN_SECONDS)

    @Call
    def audit(
        self, strategy_id: str, symbol: str | None = None, *, limit: int = 100, offset: int = 0
    ) -> Steps[Audit]:
        """Who changed a level, when and why, the newest first; of all levels with the symbol `*`."""
        return _audit(strategy_id, symbol, limit, offset)

    @Listing
    def changes(self, strategy_id: str, symbol: str | None = None) -> Series[Change]:
        """The whole trail, page by page."""
        seen = 0
        while True:
            page = yield from _audit(strategy_id, symbol, MOST_ON_A_PAGE, seen)
            for change in page.changes:
                yield Show(change)
            seen += len(page.changes)
            if not page.changes or seen >= page.total:
                return

    @Call
    def effect(self, change_id: str) -> Steps[Effect]:
        """What a change did, by its `id`, as far as is known by now."""
        return data(Request("GET", place("audit", change_id, "effect")), Effect)

    @Call
    def batch(self, batch: str) -> Steps[list[BatchChange]]:
        """What changed at one stroke (a copy to several symbols, an import), in the order it was made."""
        return data(Request("GET", place("batches", batch)), list[BatchChange])

    @Call
    def revert(
        self, batch: str, *, reason: str = "", changed_by: str = "", validate_only: bool = False
    ) -> Steps[str | None]:
        """Give every level of a batch what it held before, all or none: the new batch, None where this was only judged.

        BatchChanged where levels were changed since, RollbackFailed where the old values no longer pass.
        """
        body = {"validate_only": validate_only} | _words(reason, changed_by)
        reverted = yield from data(Request("POST", place("batches", batch, "revert"), body=body), _Reverted)
        return reverted.batch


def _of(strategy_id: str, what: str, symbol: str | None = None) -> str:
    return place("strategies", strategy_id, what, symbol)


def _words(reason: str, changed_by: str) -> dict[str, str]:
    return {name: text for name, text in (("reason", reason), ("changed_by", changed_by)) if text}


def _effective(strategy_id: str, symbol: str | None) -> Steps[Config]:
    return _config(Request("GET", _of(strategy_id, "config", symbol)))


def _config(request: Request, seen: Config | None = None) -> Steps[Config]:
    """The configuration of an answer, and the tag that came with it."""
    response = yield from _sent(request, seen)
    answered = decoded(response.content, Envelope[Config])
    config = answered.data
    config.etag, config.action = response.headers.get("ETag"), answered.known_metadata.get("action")
    return config


def _sent(request: Request, seen: Config | None) -> Steps[httpx.Response]:
    """A request; one that builds on what was seen is refused where that has changed."""
    if seen is None:
        return (yield from answer(request))
    if seen.etag is None:
        raise ValueError("This configuration was not read from its level; read it with `effective` first")
    try:
        return (yield from answer(replace(request, headers={"If-Match": seen.etag})))
    except Conflict as conflict:
        conflict.seen = seen
        try:
            conflict.present = yield from _effective(seen.strategy_id, seen.symbol)
        except ClientError as error:
            raise conflict from error
        raise


def _applied(strategy_id: str, symbol: str | None) -> Steps[Applied]:
    request = Request("GET", _of(strategy_id, "applied"), given({"symbol": symbol}))
    answered = yield from envelope(request, list[Process])
    return Applied(answered.data, answered.known_metadata["converged"])


def _audit(strategy_id: str, symbol: str | None, limit: int, offset: int) -> Steps[Audit]:
    query = given({"symbol": symbol, "limit": limit, "offset": offset})
    answered = yield from envelope(Request("GET", _of(strategy_id, "audit"), query), list[Change])
    return Audit(answered.data, answered.known_metadata["total"], offset)


def _hindrance(applied: Applied) -> str | None:
    """Why it would not help to wait for a configuration that is not the one in force."""
    rejected = (f"{each.instance}: {each.reason}" for each in applied.processes if each.status == "rejected")
    if applied.converged:
        return "Another change is in force by now."
    return next(rejected, None)

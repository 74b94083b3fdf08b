"""REST: the brake of orchestrators, which switch a strategy off by a parameter named `enabled`.

It is no parameter: `{"parameters": {"enabled": false}}` sent to a level halts it, `true` lifts that halt, each with
its own permission, and each goes on record as what it is. No level is written, so that no update can be lost, and
nothing keeps a halt from landing: If-Match means nothing here, nor is there an ETag. Whatever else is sent to a level
configures it.
"""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from configuration import reading
from configuration.api import fields
from configuration.api.agreement import require_address
from configuration.api.bodies import ConfigUpdate, RequestBody
from configuration.api.envelope import answer
from configuration.api.queries import LevelQuery
from configuration.domain.effective import Config
from configuration.exceptions import StoreUnavailable
from configuration.permissions import HALT, RESUME
from halts import landing, services
from halts.api.answers import still_halted
from halts.api.views import HaltView, landed
from halts.domain import REASON_LENGTH, UNGIVEN, Scope
from halts.reading import last_known

BRAKE = "enabled"
WITHOUT_REASON = {False: UNGIVEN, True: "enabled: true, sent to its configuration"}


class Brake(RequestBody):
    """`enabled` alone, and what belongs to any change."""

    ignored = ConfigUpdate.ignored

    parameters = serializers.DictField()
    reason = fields.Text(required=False, allow_blank=True, allow_null=True, max_length=REASON_LENGTH)
    changed_by = fields.changed_by()
    validate_only = fields.Flag(default=False)
    replace = fields.Flag(default=False)

    def validate_parameters(self, parameters: dict[str, Any]) -> dict[str, Any]:
        if list(parameters) != [BRAKE]:
            raise serializers.ValidationError("enabled halts or resumes, and stands alone: nothing was done")
        if not isinstance(parameters[BRAKE], bool):
            raise serializers.ValidationError("enabled must be true or false")
        return parameters


class BrakeView(HaltView):
    """A level that is switched off or on."""

    reads_body = True
    queries = {"POST": LevelQuery}
    permissions_by_method = {"POST": (HALT, RESUME)}

    def permissions_needed(self, request: Request) -> tuple[str, ...]:
        """Which of the two depends on the wish; a wish that is none is refused as such to who has either."""
        needed = {False: (HALT,), True: (RESUME,)}
        wish = self._wish(request)
        return needed[wish] if isinstance(wish, bool) else super().permissions_needed(request)

    def lands_without_database(self, request: Request) -> bool:
        """Only where it halts: who may resume is looked up."""
        return self._wish(request) is False

    def _wish(self, request: Request) -> Any:
        body = request.data
        parameters = body.get("parameters") if isinstance(body, dict) else None
        return parameters.get(BRAKE) if isinstance(parameters, dict) else None

    def post(self, request: Request, strategy_id: str | None = None, symbol: str | None = None) -> Response:
        body = Brake.of(request)
        scope = services.scope_of(strategy_id, symbol)
        require_address(request.data, scope.strategy_id, scope.symbol or None)
        enabled: bool = body["parameters"][BRAKE]
        if body["validate_only"]:
            return answer(config_of(scope), {"validation": "passed"})
        author = self.author({**body, "reason": body.get("reason") or WITHOUT_REASON[enabled]})
        if not enabled:
            response = landed(landing.halt([scope], author=author))
            response.data["data"] = config_of(scope)
            response.data["metadata"]["action"] = "halted"  # or it was: to these clients it is one
            return response
        services.resume(scope, author=author)
        halts = last_known()
        metadata = {
            "action": "resumed",
            "state": halts.state(*scope),
            "still_halted": still_halted([scope], halts),
        }
        return answer(config_of(scope), metadata)


def config_of(scope: Scope) -> Config | None:
    """What is in force there; None while the database is away and was never read."""
    try:
        return reading.effective(scope.strategy_id, scope.symbol or None)
    except StoreUnavailable:
        return None


def behind_the_brake(configures: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The address of a level: who sends the brake halts or resumes it, everything else `configures` it."""
    brakes = BrakeView.as_view()

    @wraps(configures)
    def level(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        view = brakes if request.method == "POST" and is_brake(request.body) else configures
        return view(request, *args, **kwargs)

    return level


def is_brake(body: bytes) -> bool:
    """Is `enabled` among the parameters it names?"""
    if b'"enabled"' not in body:
        return False
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return False  # reported by who reads it next
    parameters = found.get("parameters") if isinstance(found, dict) else None
    return isinstance(parameters, dict) and BRAKE in parameters

"""REST: what fires, who looks after it, of what nobody is told, what can be watched, and the rules."""

from http import HTTPStatus

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import reading, services, trying
from alerts.api.answers import (
    AlertItem,
    RuleItem,
    SilenceItem,
    TriedItem,
    WatchedItem,
    alert_item,
    rule_item,
    silence_item,
    tried_item,
    watched_item,
)
from alerts.api.requests import (
    Acknowledgement,
    AlertsQuery,
    RuleBody,
    RuleDeletion,
    RuleToTry,
    SilenceBody,
    SilenceEnding,
    SilencesQuery,
    rule_of,
    silence_of,
)
from alerts.domain.watched import CATALOGUE
from alerts.models import AlertRule
from configuration.addressing import well_formed
from configuration.api import shapes
from configuration.api.base import ConfigurationView
from configuration.api.envelope import answer, read_answer
from configuration.api.preconditions import expected_tags
from configuration.exceptions import ValidationFailed
from configuration.permissions import ACKNOWLEDGE, CHANGE_RULES, SILENCE, VIEW_ALERTS

READING = dict.fromkeys(SAFE_METHODS, (VIEW_ALERTS,))
RULE_ID = OpenApiParameter("rule_id", int, OpenApiParameter.PATH, description="The `id` of a rule.")
ALERT_ID = OpenApiParameter("alert_id", int, OpenApiParameter.PATH, description="The `id` of an alert.")
SILENCE_ID = OpenApiParameter("silence_id", int, OpenApiParameter.PATH, description="The `id` of a silence.")
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description='The state the change builds on, such as "rule:7".'
)
CREATED = OpenApiParameter("ETag", location=OpenApiParameter.HEADER, response=[201])
CHANGED = OpenApiResponse(
    shapes.ErrorAnswer, "PRECONDITION_FAILED: If-Match names another state of it; read again."
)
RESOLVED = OpenApiResponse(
    shapes.ErrorAnswer, "ALERT_RESOLVED: the alert fires no more; there is nothing to acknowledge."
)
OVER = OpenApiResponse(shapes.ErrorAnswer, "SILENCE_OVER: the silence is over; there is nothing to end.")
THIN_BOOK = {
    "name": "Bitcoin is dear to trade",
    "watch": "cost_at_least_bps_10s",
    "symbols": ["BTC*"],
    "comparison": "above",
    "threshold": 5,
    "clear_at": 4,
    "for_seconds": 30,
    "severity": "warning",
    "advice": "Widen the quotes, or halt the symbol.",
    "quiet_hours": ["Sat-Sun 00:00-24:00"],
    "reason": "costs doubled on Friday",
}
DELISTED = {"symbol": "LUNA*", "for_seconds": 3600, "reason": "the venue takes it off its list today"}
RULE_EXAMPLE = OpenApiExample("Costs of Bitcoin", THIN_BOOK, request_only=True)
ONE_RULE = shapes.envelope("AlertRule", RuleItem)
ONE_ALERT = shapes.envelope("Alert", AlertItem)
ONE_SILENCE = shapes.envelope("Silence", SilenceItem)


class AlertsView(ConfigurationView):
    permissions_by_method = READING
    queries = {"GET": AlertsQuery}

    @extend_schema(
        operation_id="listAlerts",
        summary="What fires, and what fired",
        parameters=[AlertsQuery],
        responses={200: shapes.envelope("Alerts", list[AlertItem]), **shapes.refused(400)},
    )
    def get(self, request: Request) -> Response:
        """The newest first; what fires, unless `state` says otherwise. In `metadata`, `total` is how many there are.

        Example: `/api/v1/alerts?state=all&symbol=BTCUSDT&severity=critical`
        """
        asked = self.query
        symbol = well_formed(asked["symbol"]) if asked.get("symbol") is not None else ""
        chosen = reading.alerts(asked["state"], symbol, asked.get("severity", ""), asked.get("entity", ""))
        quiet = reading.Quiet.of(timezone.now())
        items = [
            alert_item(each, quiet.until_of(each))
            for each in chosen[asked["offset"] : asked["offset"] + asked["limit"]]
        ]
        return answer(items, {"count": len(items), "total": chosen.count()})


class AcknowledgeView(ConfigurationView):
    permissions_by_method = {"POST": (ACKNOWLEDGE,)}

    @extend_schema(
        operation_id="acknowledgeAlert",
        summary="Say that somebody looks after an alert",
        parameters=[ALERT_ID],
        request=Acknowledgement,
        responses={200: ONE_ALERT, **shapes.refused(404, 415, 429), 409: RESOLVED},
        examples=[OpenApiExample("Somebody does", {"note": "asked the venue"}, request_only=True)],
    )
    def post(self, request: Request, alert_id: int) -> Response:
        """It goes on firing, and everybody sees who looks after it. Who said so first stays: of what is acknowledged
        already nothing changes, and the answer says by whom it is.

        Example: `POST /api/v1/alerts/acknowledge/12` with `{"note": "asked the venue"}`
        """
        body = Acknowledgement.of(request)
        alert = services.acknowledge(alert_id, body["note"], author=self.author(body))
        return answer(alert_item(alert, reading.Quiet.of(timezone.now()).until_of(alert)))


class SilencesView(ConfigurationView):
    permissions_by_method = {**READING, "POST": (SILENCE,)}
    queries = {"GET": SilencesQuery}

    @extend_schema(
        operation_id="listSilences",
        summary="Of what nobody is told",
        parameters=[SilencesQuery],
        responses={200: shapes.envelope("Silences", list[SilenceItem]), **shapes.refused(400)},
    )
    def get(self, request: Request) -> Response:
        """Those in force, unless `state` says otherwise; the one that ends first before the others. What is over stands
        the newest first. In `metadata`, `total` is how many there are.

        Example: `/api/v1/alerts/silences?state=past`
        """
        asked = self.query
        chosen = reading.silence_rows(asked["state"], timezone.now())
        items = [silence_item(each) for each in chosen[asked["offset"] : asked["offset"] + asked["limit"]]]
        return answer(items, {"count": len(items), "total": chosen.count()})

    @extend_schema(
        operation_id="silenceAlerts",
        summary="Have nobody told of some alerts for a while",
        request=SilenceBody,
        responses={201: ONE_SILENCE, **shapes.refused(400, 415, 429)},
        examples=[OpenApiExample("A symbol for an hour", DELISTED, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """They fire, end and are kept as ever, and NATS hears of them with `silenced_until`. Of `rule`, `symbol` and
        `severity` at least one says what is silent; of several all must hold.

        Example: `{"rule": 3, "symbol": "BTC*", "until": "2026-11-29T18:00:00Z", "reason": "exchange is under repair"}`
        """
        body = SilenceBody.of(request)
        asked = silence_of(body, timezone.now())
        response = answer(silence_item(services.silence(asked, author=self.author(body))))
        response.status_code = HTTPStatus.CREATED
        return response


class SilenceView(ConfigurationView):
    permissions_by_method = {"DELETE": (SILENCE,)}
    queries = {"DELETE": SilenceEnding}

    @extend_schema(
        operation_id="endSilence",
        summary="End a silence",
        parameters=[SILENCE_ID, SilenceEnding],
        responses={200: ONE_SILENCE, **shapes.refused(400, 404, 429), 409: OVER},
    )
    def delete(self, request: Request, silence_id: int) -> Response:
        """From now on people are told again, of what still fires as well. The silence is kept, with who ended it.

        Example: `DELETE /api/v1/alerts/silences/3?reason=repaired`
        """
        return answer(silence_item(services.end_silence(silence_id, author=self.author(self.query))))


class WatchedView(ConfigurationView):
    permissions_by_method = READING

    @extend_schema(
        operation_id="listWatched",
        summary="What rules may watch",
        responses={200: shapes.envelope("Watched", list[WatchedItem]), **shapes.refused()},
    )
    def get(self, request: Request) -> Response:
        """Everything of the catalogue, with its unit, its bounds, and a threshold to begin with.

        Example: `/api/v1/alerts/watched`
        """
        return answer([watched_item(each) for each in CATALOGUE.values()])


class RulesView(ConfigurationView):
    permissions_by_method = {**READING, "POST": (CHANGE_RULES,)}

    @extend_schema(
        operation_id="listAlertRules",
        summary="All rules",
        responses={200: shapes.envelope("AlertRules", list[RuleItem]), **shapes.refused()},
    )
    def get(self, request: Request) -> Response:
        """By name, those that are disabled as well.

        Example: `/api/v1/alerts/rules`
        """
        items = [rule_item(row) for row in AlertRule.objects.all()]
        return answer(items, {"count": len(items)})

    @extend_schema(
        operation_id="createAlertRule",
        summary="Make a rule",
        parameters=[CREATED],
        request=RuleBody,
        responses={201: ONE_RULE, **shapes.refused(400, 415, 429)},
        examples=[RULE_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """It is judged from the next second on. Refused with every problem named (`details.fields`).

        Example: `{"name": "Silence", "watch": "age_seconds", "comparison": "above", "threshold": 10, "reason": "new"}`
        """
        body = RuleBody.of(request)
        saved = services.save_rule(rule_of(body), author=self.author(body))
        response = answer(rule_item(saved.row), {"action": saved.action}, tag=saved.row.tag)
        response.status_code = HTTPStatus.CREATED
        return response


class TryRuleView(ConfigurationView):
    permissions_by_method = {"POST": (CHANGE_RULES,)}

    @extend_schema(
        operation_id="tryAlertRule",
        summary="When a rule would have fired",
        request=RuleToTry,
        responses={200: shapes.envelope("TriedRule", TriedItem), **shapes.refused(400, 415, 429)},
        examples=[RULE_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """In the last day, by the minutes that are kept. Nothing is saved. Of what minutes do not keep (age, states,
        pressure without its sign) nobody can say it: `why_not` says so, and `fired` is null.

        Example: `{"watch": "spread_bps_10s", "comparison": "above", "threshold": 20, "for_seconds": 60}`
        """
        rule = services.as_written(rule_of(RuleToTry.of(request)))
        if found := services.faults(rule):
            raise ValidationFailed(found)
        return answer(tried_item(trying.tried(rule, timezone.now())))


class RuleView(ConfigurationView):
    permissions_by_method = {**READING, "PUT": (CHANGE_RULES,), "DELETE": (CHANGE_RULES,)}
    queries = {"DELETE": RuleDeletion}

    @extend_schema(
        operation_id="getAlertRule",
        summary="One rule",
        parameters=[RULE_ID, shapes.TAG],
        responses={200: ONE_RULE, **shapes.refused(404)},
    )
    def get(self, request: Request, rule_id: int) -> Response:
        """The `ETag` names its state, as in `"rule:7"`: send it as `If-Match` with a change. Sent as `If-None-Match` it
        is answered with 304 while nothing has changed.

        Example: `/api/v1/alerts/rules/3`
        """
        row = reading.rule(rule_id)
        return read_answer(request, rule_item(row), row.tag)

    @extend_schema(
        operation_id="changeAlertRule",
        summary="Give a rule other contents",
        parameters=[RULE_ID, IF_MATCH, shapes.TAG],
        request=RuleBody,
        responses={200: ONE_RULE, **shapes.refused(400, 404, 415, 429), 412: CHANGED},
        examples=[RULE_EXAMPLE],
    )
    def put(self, request: Request, rule_id: int) -> Response:
        """The body is the whole rule: what is left out gets its default. What fires by it is resolved as `rule changed`
        or `rule disabled`. What changes nothing makes no version: `metadata.action` is `unchanged` then.

        Example: what a GET answers, with another threshold and a `reason`
        """
        body = RuleBody.of(request)
        expected = expected_tags(request)
        saved = services.save_rule(rule_of(body, rule_id), author=self.author(body), expected=expected)
        return answer(rule_item(saved.row), {"action": saved.action}, tag=saved.row.tag)

    @extend_schema(
        operation_id="deleteAlertRule",
        summary="Delete a rule",
        parameters=[RULE_ID, IF_MATCH, RuleDeletion],
        responses={**shapes.DELETED_ANSWER, **shapes.refused(400, 404, 429), 412: CHANGED},
    )
    def delete(self, request: Request, rule_id: int) -> Response:
        """What fires by it is resolved as `rule deleted`; its alerts and its history stay.

        Example: `DELETE /api/v1/alerts/rules/3?reason=replaced`
        """
        expected = expected_tags(request)
        services.delete_rule(rule_id, author=self.author(self.query), expected=expected)
        return answer({"message": f"Alert rule {rule_id} deleted successfully"}, {"action": "deleted"})

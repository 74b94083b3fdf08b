"""REST: what fires, who looks after it, what can be watched, and the rules."""

from http import HTTPStatus

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import reading, services
from alerts.api.answers import AlertItem, RuleItem, WatchedItem, alert_item, rule_item, watched_item
from alerts.api.requests import Acknowledgement, AlertsQuery, RuleBody, RuleDeletion, rule_of
from alerts.domain.watched import CATALOGUE
from alerts.models import AlertRule
from configuration.addressing import well_formed
from configuration.api import shapes
from configuration.api.base import ConfigurationView
from configuration.api.envelope import answer, read_answer
from configuration.api.preconditions import expected_tags
from configuration.permissions import ACKNOWLEDGE, CHANGE_RULES, VIEW_ALERTS

READING = dict.fromkeys(SAFE_METHODS, (VIEW_ALERTS,))
RULE_ID = OpenApiParameter("rule_id", int, OpenApiParameter.PATH, description="The `id` of a rule.")
ALERT_ID = OpenApiParameter("alert_id", int, OpenApiParameter.PATH, description="The `id` of an alert.")
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
    "reason": "costs doubled on Friday",
}
RULE_EXAMPLE = OpenApiExample("Costs of Bitcoin", THIN_BOOK, request_only=True)
ONE_RULE = shapes.envelope("AlertRule", RuleItem)
ONE_ALERT = shapes.envelope("Alert", AlertItem)


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
        chosen = reading.alerts(asked["state"], symbol, asked.get("severity", ""))
        items = [alert_item(each) for each in chosen[asked["offset"] : asked["offset"] + asked["limit"]]]
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
        return answer(alert_item(services.acknowledge(alert_id, body["note"], author=self.author(body))))


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

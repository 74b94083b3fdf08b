"""REST: the catalogue, the audit trail, explanations, and judging a change without making it."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from configuration import audit, reading, services
from configuration.addressing import address, require_strategy
from configuration.api import shapes
from configuration.api.base import ConfigurationView
from configuration.api.bodies import ConfigValidation
from configuration.api.envelope import answer
from configuration.api.queries import AuditQuery, LevelQuery
from configuration.domain.parameters import ParameterSpec
from configuration.domain.problems import listed, omission
from configuration.known_symbols import doubts_about
from configuration.permissions import VIEW
from configuration.previews import preview


class SchemaView(ConfigurationView):
    @extend_schema(
        operation_id="getStrategySchema",
        summary="The parameters of a strategy and their limits",
        parameters=[shapes.STRATEGY_ID],
        responses={200: shapes.envelope("Schema", list[shapes.SchemaItem]), **shapes.refused(404)},
    )
    def get(self, request: Request, strategy_id: str) -> Response:
        """Type, unit, bounds, default and meaning of each parameter; `metadata.rules` holds the rules that
        tie them together. Use it to build a form, or to know what a change may contain.

        Example: `/api/v1/strategies/orderbook_skew/schema`
        """
        spec = reading.strategy(strategy_id).spec
        items = [schema_item(parameter) for parameter in spec.parameters.values()]
        return answer(items, {"rules": [rule.sentence for rule in spec.rules]})


class DefaultsView(ConfigurationView):
    @extend_schema(
        operation_id="getStrategyDefaults",
        summary="The built-in values of a strategy",
        parameters=[shapes.STRATEGY_ID],
        responses={200: shapes.envelope("Defaults", dict[str, Any]), **shapes.refused(404)},
    )
    def get(self, request: Request, strategy_id: str) -> Response:
        """The complete default set, as it holds when neither environment nor anybody sets anything.

        Example: `/api/v1/strategies/orderbook_skew/defaults`
        """
        spec = reading.strategy(strategy_id).spec
        return answer(spec.defaults, {"strategy_name": spec.name})


class AuditView(ConfigurationView):
    queries = {"GET": AuditQuery}

    @extend_schema(
        operation_id="listConfigChanges",
        summary="Who changed what, when and why",
        parameters=[shapes.STRATEGY_ID, AuditQuery],
        responses={200: shapes.envelope("Audit", list[audit.AuditItem]), **shapes.refused(400, 404)},
    )
    def get(self, request: Request, strategy_id: str) -> Response:
        """The changes of one level, the newest first: of the global level, or with `symbol` of that one's. With
        `symbol=*` those of all levels of the strategy; `symbol` of each item names its level.
        `metadata.total` counts them all. An `id` from here is a `rollback_id`.

        Example: `/api/v1/strategies/orderbook_skew/audit?symbol=BTCUSDT&limit=20`
        """
        symbol = self.query.get("symbol")
        if symbol == audit.EVERY_LEVEL:
            require_strategy(strategy_id)
        else:
            strategy_id, symbol = address(strategy_id, symbol)
        changes = audit.changes_of(strategy_id, symbol)
        page = changes[self.query["offset"] : self.query["offset"] + self.query["limit"]]
        items = [audit.audit_item(change) for change in page]
        return answer(items, {"count": len(items), "total": changes.count()})


class RefreshView(ConfigurationView):
    @extend_schema(
        operation_id="refreshCache",
        summary="Make every process read its configuration again",
        request=None,
        responses={200: shapes.envelope("Refreshed", shapes.DoneMessage), **shapes.refused(415, 429)},
    )
    def post(self, request: Request) -> Response:
        """Committed changes are seen at once without this. Use it after the database was restored or edited
        by hand.

        Example: `POST /api/v1/strategies/cache/refresh`
        """
        services.refresh()
        return answer({"message": "cache refreshed successfully"}, {"action": "cache_refresh"})


class ValidateView(ConfigurationView):
    reads_body = True
    queries = {"POST": LevelQuery}
    permissions_by_method = {"POST": (VIEW,)}
    throttle_classes = []

    def only_judges(self, request: Request) -> bool:
        return True

    @extend_schema(
        operation_id="validateConfig",
        summary="Would this change pass, and what would it do?",
        request=ConfigValidation,
        responses={
            200: shapes.envelope("Validation", shapes.Validation),
            **shapes.refused(400, 404, 415),
        },
        examples=[shapes.VALIDATION_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """Judge a change exactly as a write would, and write nothing. `errors` holds every problem in the
        order asked, `preview` the configuration it would lead to.

        Example: `{"strategy_id": "orderbook_skew", "symbol": "BTCUSDT", "parameters": {"top_levels": 10}}`
        """
        body = ConfigValidation.of(request)
        strategy_id, symbol = address(body["strategy_id"], body.get("symbol"))
        levels = reading.strategy(strategy_id)
        seen = preview(levels, symbol, body["parameters"], replace=body["replace"])
        judged: shapes.Validation = {
            "validation_passed": not seen.problems,
            "errors": [
                {"field": problem.field, "message": problem.message, "code": problem.code}
                for problem in listed(seen.problems)
            ],
            "warnings": [
                *doubts_about(levels, symbol),
                *seen.warnings,
                *filter(None, [omission(seen.problems)]),
            ],
            "preview": seen.after,
        }
        return answer(judged)


@extend_schema_view(
    get=extend_schema(
        operation_id="explainGlobalConfig",
        summary="Where each global value comes from",
        parameters=[shapes.STRATEGY_ID],
        responses={**shapes.EXPLAIN_ANSWER, **shapes.refused(404)},
    )
)
class ExplainView(ConfigurationView):
    queries = {"GET": LevelQuery}

    def get(self, request: Request, strategy_id: str, symbol: str | None = None) -> Response:
        """Per parameter the value in force, the layer it comes from, who set it when and why, and the values
        it hides (`shadows`, the lowest layer first).

        Example: `/api/v1/strategies/orderbook_skew/explain/BTCUSDT`
        """
        levels, symbol = self.level(strategy_id, symbol)
        return answer(audit.explain(levels, symbol))


@extend_schema_view(
    get=extend_schema(
        operation_id="explainSymbolConfig",
        summary="Where each value of a symbol comes from",
        parameters=[shapes.STRATEGY_ID, shapes.SYMBOL],
        responses={**shapes.EXPLAIN_ANSWER, **shapes.refused(400, 404)},
    )
)
class SymbolExplainView(ExplainView):
    """The same for one symbol."""


def schema_item(parameter: ParameterSpec) -> shapes.SchemaItem:
    return {
        "name": parameter.name,
        "type": parameter.type,
        "description": parameter.description,
        "unit": parameter.unit,
        "default": parameter.default,
        "min": parameter.minimum,
        "max": parameter.maximum,
        "allowed_values": None if parameter.allowed_values is None else list(parameter.allowed_values),
        "example": parameter.example,
    }

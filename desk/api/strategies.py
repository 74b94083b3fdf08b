"""REST: the strategies, where each is configured, and whether it is halted."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from configuration import reading
from configuration.api import shapes
from configuration.api.base import ConfigurationView
from configuration.api.envelope import answer
from configuration.domain.effective import StrategyLevels
from halts.domain import STATES, Halts
from halts.reading import last_known


class StrategyItem(shapes.Shape):
    strategy_id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    category = serializers.CharField()
    type = serializers.CharField()
    has_global_config = serializers.BooleanField(
        help_text="Whether anything is set for all symbolserializers."
    )
    symbol_overrides = serializers.ListField(
        child=serializers.CharField(), help_text="Symbols with a level of their own."
    )
    parameter_count = serializers.IntegerField()
    state = serializers.ChoiceField(STATES)


class StrategyListView(ConfigurationView):
    @extend_schema(
        operation_id="list_strategies",
        summary="The strategies and where they are configured",
        responses={200: shapes.envelope("StrategyList", StrategyItem(many=True)), **shapes.refused()},
    )
    def get(self, request: Request) -> Response:
        """Every strategy in catalogue order, with whether it is configured globally and for which symbols.
        Use it to find the identifiers the other addresses take.

        Example: `/api/v1/strategies`
        """
        halts = last_known()
        items = [strategy_item(levels, halts) for levels in reading.strategies()]
        return answer(items, {"total_count": len(items)})


def strategy_item(levels: StrategyLevels, halts: Halts) -> dict[str, Any]:
    spec = levels.spec
    return {
        "strategy_id": spec.strategy_id,
        "name": spec.name,
        "description": spec.description,
        "category": spec.category,
        "type": spec.type,
        "has_global_config": levels.global_level is not None,
        "symbol_overrides": list(levels.symbols),
        "parameter_count": len(spec.parameters),
        "state": halts.state(spec.strategy_id),
    }

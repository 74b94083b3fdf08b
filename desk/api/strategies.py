"""REST: the strategies, where each is configured, and whether it is halted."""

from typing import Annotated, TypedDict

from drf_spectacular.utils import extend_schema
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.response import Response

from configuration import reading
from configuration.api import shapes
from configuration.api.base import ConfigurationView
from configuration.api.envelope import answer
from configuration.domain.effective import StrategyLevels
from halts.domain import Halts, HaltState
from halts.reading import last_known


class StrategyItem(TypedDict):
    strategy_id: str
    name: str
    description: str
    category: str
    type: str
    has_global_config: Annotated[bool, Meta(description="Whether anything is set for all symbols.")]
    symbol_overrides: Annotated[list[str], Meta(description="Symbols with a level of their own.")]
    parameter_count: int
    state: HaltState


class StrategyListView(ConfigurationView):
    @extend_schema(
        operation_id="listStrategies",
        summary="The strategies and where they are configured",
        responses={200: shapes.envelope("StrategyList", list[StrategyItem]), **shapes.refused()},
    )
    def get(self, request: Request) -> Response:
        """Every strategy in catalogue order, with whether it is configured globally and for which symbols.
        Use it to find the identifiers the other addresses take.

        Example: `/api/v1/strategies`
        """
        halts = last_known()
        items = [strategy_item(levels, halts) for levels in reading.strategies()]
        return answer(items, {"total_count": len(items)})


def strategy_item(levels: StrategyLevels, halts: Halts) -> StrategyItem:
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

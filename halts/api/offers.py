"""REST: what a page needs that offers to halt and to resume."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from configuration.api import shapes
from configuration.api.base import ConfigurationView
from configuration.api.envelope import answer
from configuration.permissions import HALT, RESUME
from halts import services
from halts.reading import last_known

MOST_REASONS = 5


class OfferView(ConfigurationView):
    """For those who may halt or resume."""

    permissions_by_method = {"GET": (HALT, RESUME)}


class ReasonsView(OfferView):
    @extend_schema(
        operation_id="listHaltReasons",
        summary="The last reasons for halting and resuming",
        responses={
            200: shapes.envelope("HaltReasons", list[str]),
            **shapes.refused(),
        },
    )
    def get(self, request: Request) -> Response:
        """The newest different ones of the log, five at most, the last one first."""
        return answer(services.reasons(MOST_REASONS))


class HaltedSymbolsView(OfferView):
    @extend_schema(
        operation_id="listHaltedSymbols",
        summary="The symbols that are halted over all strategies",
        responses={
            200: shapes.envelope("HaltedSymbols", list[str]),
            **shapes.refused(),
        },
    )
    def get(self, request: Request) -> Response:
        """Those with a halt of exactly that symbol, which a resumption would lift, in alphabetical order."""
        scopes = last_known().records
        return answer(sorted(scope.symbol for scope in scopes if scope.symbol and not scope.strategy_id))

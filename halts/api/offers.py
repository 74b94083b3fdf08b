"""REST: what a page needs that offers to halt and to resume."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from configuration.api import shapes
from configuration.api.base import ConfigurationView
from configuration.api.envelope import answer
from configuration.api.queries import ConfigurationQuery
from configuration.permissions import HALT, RESUME, VIEW
from halts import services
from halts.api.answers import CountedHalt, counted_halt_answer
from halts.held_back import held_back
from halts.reading import last_known

MOST_REASONS = 5
DECISIONS = ("halt", "resume")


class OfferView(ConfigurationView):
    """For those who may halt or resume."""

    permissions_by_method = {"GET": (HALT, RESUME)}


class ReasonsQuery(ConfigurationQuery):
    """Reasons for what."""

    kind = serializers.ChoiceField(DECISIONS, default="halt", help_text="For halting, or for resuming.")


class ReasonsView(OfferView):
    queries = {"GET": ReasonsQuery}

    @extend_schema(
        operation_id="listHaltReasons",
        summary="The last reasons for halting, or for resuming",
        parameters=[ReasonsQuery],
        responses={
            200: shapes.envelope("HaltReasons", list[str]),
            **shapes.refused(400),
        },
    )
    def get(self, request: Request) -> Response:
        """The newest different ones of the log, five at most, the last one first."""
        return answer(services.reasons(MOST_REASONS, halted=self.query["kind"] == "halt"))


class HaltsView(OfferView):
    permissions_by_method = {"GET": (HALT, RESUME, VIEW)}

    @extend_schema(
        operation_id="listHalts",
        summary="Every halt that holds",
        responses={
            200: shapes.envelope("Halts", list[CountedHalt]),
            **shapes.refused(),
        },
    )
    def get(self, request: Request) -> Response:
        """The widest first, each with the signals it has held back. While the database is away those it last held."""
        records = [record for _, record in sorted(last_known().records.items())]
        counts = held_back(records)
        return answer([counted_halt_answer(record, counts.get(record.scope)) for record in records])


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

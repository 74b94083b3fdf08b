"""REST: what people decided lately that bears on a symbol, or on a strategy."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from configuration.addressing import well_formed
from configuration.api import shapes
from configuration.api.base import ConfigurationView
from configuration.api.envelope import answer
from configuration.api.fields import MISSING, OneOf, Text, WholeInQuery
from configuration.api.queries import ConfigurationQuery
from configuration.domain.catalogue import CATALOGUE
from desk.events import Event, decisions, events


class EventsQuery(ConfigurationQuery):
    """About what, and since when."""

    symbol = Text(required=False, help_text="In any case; it, a strategy, or both.")
    strategy = OneOf(tuple(CATALOGUE), required=False, help_text="Only what bears on this strategy.")
    minutes = WholeInQuery(1, 1440, default=15, help_text="Of the last so many minutes.")
    limit = WholeInQuery(1, 500, default=100, help_text="How many, the newest first.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs.keys() & {"symbol", "strategy"}:
            raise serializers.ValidationError({"symbol": MISSING["required"]})
        return attrs


class EventsView(ConfigurationView):
    queries = {"GET": EventsQuery}

    @extend_schema(
        operation_id="listConfigEvents",
        summary="Changes, halts and resumptions that bear on a symbol or a strategy",
        parameters=[EventsQuery],
        responses={200: shapes.envelope("Events", list[Event]), **shapes.refused(400)},
    )
    def get(self, request: Request) -> Response:
        """What people decided lately about the symbol or about all symbols, in every strategy or the one that is
        named, the newest first. Use it beside a chart, to see whether the market moved or somebody did; the whole
        history of one level is at `/strategies/{id}/audit`, and what a change did at `/audit/{change_id}/effect`.

        Example: `/api/v1/config/events?symbol=BTCUSDT&minutes=15`
        """
        symbol = well_formed(self.query["symbol"]) if "symbol" in self.query else None
        since = timezone.now() - timedelta(minutes=self.query["minutes"])
        return answer(events(decisions(self.query.get("strategy"), symbol, since), self.query["limit"]))

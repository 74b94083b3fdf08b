"""REST: what people decided lately that bears on one symbol."""

from datetime import timedelta

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from configuration.addressing import well_formed
from configuration.api import shapes
from configuration.api.base import ConfigurationView
from configuration.api.envelope import answer
from configuration.api.fields import Text, WholeInQuery
from configuration.api.queries import ConfigurationQuery
from desk.events import Event, events


class EventsQuery(ConfigurationQuery):
    """About what, and since when."""

    symbol = Text(help_text="In any case.")
    minutes = WholeInQuery(1, 1440, default=15, help_text="Of the last so many minutes.")
    limit = WholeInQuery(1, 500, default=100, help_text="How many, the newest first.")


class EventsView(ConfigurationView):
    queries = {"GET": EventsQuery}

    @extend_schema(
        operation_id="listConfigEvents",
        summary="Changes, halts and resumptions that bear on a symbol",
        parameters=[EventsQuery],
        responses={200: shapes.envelope("Events", list[Event]), **shapes.refused(400)},
    )
    def get(self, request: Request) -> Response:
        """What people decided lately about the symbol or about all symbols, in every strategy, the newest first.
        Use it beside a chart, to see whether the market moved or somebody did; the whole history of one level is
        at `/strategies/{id}/audit`.

        Example: `/api/v1/config/events?symbol=BTCUSDT&minutes=15`
        """
        symbol = well_formed(self.query["symbol"])
        since = timezone.now() - timedelta(minutes=self.query["minutes"])
        return answer(events(symbol, since, self.query["limit"]))

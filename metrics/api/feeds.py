"""REST: what the feeds see."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from metrics.answers.feeds import feed_answer
from metrics.api import schemas
from metrics.api.base import ERRORS, MetricsView


class FeedView(MetricsView):
    @extend_schema(
        operation_id="feeds",
        summary="What the feeds see",
        responses={200: schemas.Feeds, 503: ERRORS[503]},
    )
    def get(self, request: Request) -> Response:
        """One report per feed process: messages, what was refused and why, what was ignored, lag behind the
        exchange's clock (negative when that clock runs ahead), rate, symbols, partition and the age of
        the newest message. Use it to tell a quiet market from a broken feed.

        Example: `/api/v1/feed`
        """
        return Response(feed_answer(self.reader))

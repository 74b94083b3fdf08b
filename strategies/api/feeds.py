"""REST: what all that read the market see of it, feeds and strategy processes."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from markets.reports.answers import source_answer
from markets.reports.store import get_reader as get_reports
from metrics.answers.feeds import clocks_answer, feed_answer, not_live_answer
from metrics.answers.rounding import timestamp
from metrics.answers.shapes import Feeds, StrategyReader
from metrics.api.base import ERRORS, TAGS, UNCHANGED, MetricsView
from metrics.domain.rounding import rounded
from strategies.reader import get_reader
from strategies.receipts import ProcessReport


class FeedView(MetricsView):
    @extend_schema(
        operation_id="getFeed",
        summary="What the feeds and the strategies see",
        parameters=TAGS,
        responses={200: Feeds, **UNCHANGED, 503: ERRORS[503]},
    )
    def get(self, request: Request) -> Response:
        """One report per feed process and one per strategy process: messages, what was refused and why, what was
        ignored, lag behind the exchange's clock (negative when that clock runs ahead), rate, symbols, partition and
        the age of the newest message; which symbols are not live, with the reason; and one report per process that
        brings the market from venues: connections, frames, books that were lost, what is wrong. Use it to distinguish a
        quiet market from a broken feed, and to find out what is wrong with what a producer sends.

        Example: `/api/v1/feed`
        """
        processes = get_reader().processes()
        now = self.reader.clock()
        answer: Feeds = {
            **feed_answer(self.reader),
            "strategies": [_reader(report, now) for report in processes],
            "markets": [source_answer(report, now) for report in get_reports().reports(now)],
        }
        return Response(answer)


def _reader(report: ProcessReport, now: float) -> StrategyReader:
    """A strategy process as a reader of the market."""
    return {
        "instance": report.instance,
        "state": "silent" if report.is_silent(now) else "running",
        "partition": report.partition,
        "strategies": report.strategies,
        "connected": report.connected,
        "nats_away_since": timestamp(report.nats_away_since),
        "started_at": timestamp(report.started_at),
        "restarts": report.restarts,
        "reported_at": timestamp(report.reported_at),
        "last_message_at": timestamp(report.last_message_at),
        "rate_per_second": rounded(report.rate_per_second, 1),
        "messages": report.messages,
        "refused": report.refused,
        "ignored": report.ignored,
        "slow_consumer_drops": report.slow_consumer_drops,
        "withdrawals": report.withdrawals,
        "not_live": not_live_answer(sorted(report.not_live)),
        "not_live_count": report.not_live_count,
        "wrong_clocks": clocks_answer(report.wrong_clocks),
    }

"""The contract's own example, in on NATS and out over REST."""

from collections.abc import Callable

import pytest
from django.test import Client

from metrics.feed.runner import DepthFeed
from metrics.store.reader import StoreReader
from tests.factories import START, Clock, spot_book, usdm_book
from tests.integration.pipeline import Pipeline
from tests.metrics.domain.test_depth import EXAMPLE


@pytest.mark.parametrize("form", [spot_book, usdm_book])
@pytest.mark.parametrize("envelope", [{}, {"source": "binance-websocket", "version": "1.0"}])
def test_contract_example__from_both_forms_and_envelopes(
    feed: DepthFeed,
    clock: Clock,
    reader: StoreReader,
    client: Client,
    form: Callable[..., bytes],
    envelope: dict[str, str],
):
    Pipeline(feed, clock).run([(START, form(**envelope))])
    clock.advance(0.041)
    answer = client.get("/api/v1/metrics/depth/btcusdt")
    assert answer.status_code == 200
    body = answer.json()
    assert {name: body[name] for name in EXAMPLE} == EXAMPLE
    assert {name: body[name] for name in ("symbol", "timestamp", "state", "age_ms", "levels_used")} == {
        "symbol": "BTCUSDT",
        "timestamp": "2023-11-14T22:14:00.000Z",
        "state": "live",
        "age_ms": 41,
        "levels_used": 20,
    }

"""The trial that most tests here are."""

import pytest
from django.test import Client

from metrics.feed.runner import DepthFeed
from metrics.store.reader import StoreReader
from tests.factories import Clock
from tests.integration.trial import Trial


@pytest.fixture
def trial(feed: DepthFeed, clock: Clock, reader: StoreReader, client: Client) -> Trial:
    return Trial(feed, clock, client)

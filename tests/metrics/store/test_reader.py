"""How the store is asked."""

from time import monotonic

import pytest
from redis.exceptions import TimeoutError

from metrics.store.reader import get_reader
from stored import ANSWER_SECONDS
from tests.servers import Server


def test_a_store_that_is_silent_is_not_asked_twice(own_store: Server):
    reader = get_reader()
    reader.ping()
    own_store.freeze()
    began = monotonic()
    with pytest.raises(TimeoutError):
        reader.ping()
    assert monotonic() - began < 2 * ANSWER_SECONDS


def test_a_connection_that_broke_while_idle_is_made_anew(own_store: Server):
    reader = get_reader()
    reader.ping()
    own_store.kill()
    own_store.start()
    reader.ping()

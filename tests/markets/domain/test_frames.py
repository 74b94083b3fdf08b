import json
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from markets.domain.frames import enveloped

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@given(at_us=st.integers(min_value=0, max_value=4_000_000_000_000_000))
def test_an_enveloped_frame__says_to_the_microsecond_when_it_was_received(at_us: int) -> None:
    frame = json.loads(enveloped(b'{"stream":"btcusdt@trade","data":{}}', "binance-websocket", at_us))

    assert frame["source"] == "binance-websocket"
    assert datetime.fromisoformat(frame["timestamp"]) - EPOCH == timedelta(microseconds=at_us)
    assert len(frame["timestamp"]) == len("2026-11-28T13:01:58.000001Z")

"""The feed driven by hand over a real store."""

from metrics.answers import depth_answer
from tests.factories import spot_book


def test_publish__contract_example__stored_and_readable(publish, reader):
    publish(spot_book())
    answer = depth_answer(reader, "BTCUSDT", 20)
    assert answer is not None
    assert answer["imbalance"] == {"ratio": 0.3235, "percent": 32.35, "bid_volume": 4.5, "ask_volume": 2.3}
    assert [report.instance for report in reader.feeds()] == ["test/0/1"]

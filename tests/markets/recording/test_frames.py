"""What may stand in a line, and what is a change of a book."""

import pytest

from markets.recording.frames import Ids, ids_of_change, is_frame


@pytest.mark.parametrize(
    "payload", [b"{}", b'{"stream":"a@trade","data":{}}', '{"stream":"币安人生usdt@trade"}'.encode()]
)
def test_an_object_in_one_line_is_a_frame(payload: bytes):
    assert is_frame(payload)


@pytest.mark.parametrize(
    "payload",
    [b"", b"[]", b"1", b"rubbish", b'{"a":1', b'{"a":\n1}', b'{"a":"\xff"}', b"{}{}", b'{"a":' * 100_000],
)
def test_everything_else_is_none(payload: bytes):
    assert not is_frame(payload)


def frame(stream: str, data: str) -> bytes:
    return b'{"stream":"%b","data":%b}' % (stream.encode(), data.encode())


SPOT = '{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":5,"u":7,"b":[["1.0","2.0"]],"a":[]}'
CONTRACTS = '{"e":"depthUpdate","s":"BTCUSDT","U":5,"u":7,"pu":4,"b":[],"a":[]}'


@pytest.mark.parametrize(
    ("stream", "data", "ids"),
    [
        ("btcusdt@depth", SPOT, Ids(5, 7, "depthUpdate")),
        ("btcusdt@depth20@100ms", SPOT, Ids(5, 7, "depthUpdate")),
        ("btcusdt@depth@0ms", CONTRACTS, Ids(5, 7, "depthUpdate", 4)),
        ("btcusdt@depth20@100ms", CONTRACTS, None),
        ("btcusdt@depthSnapshot", '{"lastUpdateId":7,"bids":[],"asks":[]}', None),
        ("btcusdt@bookTicker", '{"u":7,"s":"BTCUSDT","b":"1","B":"1","a":"2","A":"1"}', None),
        ("btcusdt@depth", '{"e":"depthUpdate","U":"5","u":7}', None),
    ],
)
def test_a_change_is_distinguished_from_a_book(stream: str, data: str, ids: Ids | None):
    assert ids_of_change(frame(stream, data)) == ids

"""Subjects tell where a frame is from, and which of several patterns hears it."""

import asyncio
from collections import Counter

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from markets.recording.places import Origin, first_to_hear, is_pattern, matches, origin_of
from messaging import bus


@pytest.mark.parametrize(
    ("subject", "place", "symbol"),
    [
        ("market.binance.depth.BTCUSDT", "binance", ""),
        ("market.binance-usdm.diff.BTCUSDT", "binance-usdm", "BTCUSDT"),
        ("market.okx.diff.BTC.USDT", "okx", "BTC.USDT"),
        ("market.okx", "mixed", ""),
        ("binance.websocket.data", "mixed", ""),
        ("market.mixed.diff.BTCUSDT", "mixed", ""),
        ("market./etc/passwd.diff.BTCUSDT", "mixed", ""),
        ("market.OKX.trade.BTCUSDT", "mixed", ""),
        (f"market.{'x' * 41}.trade.BTCUSDT", "mixed", ""),
        ("x", "mixed", ""),
    ],
)
def test_a_subject_states_where_its_frames_are_from(subject: str, place: str, symbol: str):
    assert origin_of(subject) == Origin(place, symbol)


@pytest.mark.parametrize("text", ["market.>", "*.b.*", ">", "a", "market.币安人生USDT"])
def test_patterns_can_be_subscribed_to(text: str):
    assert is_pattern(text)


@pytest.mark.parametrize("text", ["", "a..b", ".a", "a.", "a b", "a.>.b", "a*.b", "a\n"])
def test_what_is_no_pattern_is_known(text: str):
    assert not is_pattern(text)


WORDS = st.sampled_from(["a", "b", "*"])
SUBJECTS = st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=4).map(".".join)
PATTERNS = st.builds(
    lambda words, is_open: ".".join([*words, ">"] if is_open else words or ["*"]),
    st.lists(WORDS, max_size=4),
    st.booleans(),
)


@given(st.lists(PATTERNS, min_size=1, max_size=4, unique=True), SUBJECTS)
def test_of_patterns_that_overlap_one_hears_a_message(patterns: list[str], subject: str):
    heard = [each for each in patterns if matches(each, subject)]
    if heard:
        assert first_to_hear(tuple(patterns), subject) == heard[0]


def test_a_server_agrees_which_patterns_match():
    patterns = ["t.>", "t.*", "t.a", "t.*.*", "t.a.>", "t.*.b", "*.a.b"]
    subjects = ["t.a", "t.b", "t.a.b", "t.b.b", "t.a.b.c", "t"]

    async def hear() -> Counter[tuple[str, str]]:
        heard: Counter[tuple[str, str]] = Counter()
        async with bus.connected(settings.NATS_URL, "test") as client:
            for pattern in patterns:

                async def take(message, pattern=pattern) -> None:
                    heard[pattern, message.subject] += 1

                await client.subscribe(pattern, cb=take)
            for subject in subjects:
                await client.publish(subject, b"")
            await client.flush()
            await asyncio.sleep(0.1)
        return heard

    expected = {
        (pattern, subject) for pattern in patterns for subject in subjects if matches(pattern, subject)
    }
    assert set(async_to_sync(hear)()) == expected

"""Which alerts nobody is told of, and what a silence may say."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from alerts.domain.quiet import quiet_until
from alerts.domain.rules import SEVERITIES
from alerts.domain.silences import LONGEST, Silence, problems, silencing, silent_until

NOW = 1_000.0
HOUR = 3_600.0
ALL = Silence(rule=7, symbol="BTC*", severity="critical", until=NOW + HOUR)
ALERT: dict[str, Any] = {"rule": 7, "symbol": "BTCUSDT", "severity": "critical"}


def test_of_what_a_silence_names_all_must_hold():
    assert ALL.covers(**ALERT)
    for other in ({"rule": 8}, {"symbol": "ETHUSDT"}, {"severity": "warning"}):
        assert not ALL.covers(**ALERT | other), other


@pytest.mark.parametrize(
    "silence",
    [
        Silence(rule=7, until=NOW),
        Silence(symbol="BTCUSDT", until=NOW),
        Silence(symbol="*USDT", until=NOW),
        Silence(severity="critical", until=NOW),
    ],
)
def test_what_it_does_not_name_does_not_matter(silence: Silence):
    assert silence.covers(**ALERT)


def test_it_holds_until_its_moment_and_no_longer():
    assert silencing([ALL], **ALERT, now=NOW + HOUR - 0.001) == ALL
    assert silencing([ALL], **ALERT, now=NOW + HOUR) is None


silences = st.builds(
    Silence,
    rule=st.none() | st.integers(1, 3),
    symbol=st.sampled_from(["", "BTCUSDT", "BTC*", "*USDT", "ETHUSDT"]),
    severity=st.sampled_from(["", *SEVERITIES]),
    until=st.floats(0, 2 * NOW),
)


@given(st.lists(silences, max_size=6), st.integers(1, 3), st.sampled_from(SEVERITIES))
def test_of_several_the_one_counts_that_lasts_longest(kept: list[Silence], rule: int, severity: str):
    alert: dict[str, Any] = {"rule": rule, "symbol": "BTCUSDT", "severity": severity}
    found = silencing(kept, **alert, now=NOW)
    ends = [each.until for each in kept if each.covers(**alert) and each.until > NOW]
    assert (found.until if found else None) == max(ends, default=None)


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"rule": None, "symbol": "", "severity": ""}, "rule", "must be given, or a symbol"),
        ({"symbol": "B!"}, "symbol", "must be 2 to 32 letters"),
        ({"symbol": "btc*"}, "symbol", "must be 2 to 32 letters"),
        ({"symbol": "**"}, "symbol", "must be 2 to 32 letters"),
        ({"severity": "bad"}, "severity", "must be one of info, warning, critical"),
        ({"until": NOW}, "until", "must be in the future, and at most 30 days ahead"),
        ({"until": NOW + LONGEST.total_seconds() + 1}, "until", "must be in the future"),
        ({"until": float("nan")}, "until", "must be in the future"),
    ],
)
def test_what_is_wrong_with_a_silence_is_said_at_its_field(change: dict[str, Any], field: str, words: str):
    found = problems(replace(ALL, **change), NOW)
    assert list(found) == [field]
    assert found[field].startswith(words)


def test_a_sound_silence_has_no_problem():
    assert problems(replace(ALL, until=NOW + LONGEST.total_seconds()), NOW) == {}


@given(st.lists(silences, max_size=4), st.integers(0, 2_000))
def test_people_are_told_again_at_the_first_moment_that_neither_silence_nor_quiet_hours_cover(
    kept: list[Silence], now: int
):
    """The epoch is midnight; seconds are looked at one by one."""
    hours = ["00:10-00:20", "00:20-00:25"]
    alert: dict[str, Any] = {"rule": 1, "symbol": "BTCUSDT", "severity": "info"}
    whole = [replace(each, until=float(round(each.until))) for each in kept]

    def is_silent(at: int) -> bool:
        return bool(silencing(whole, **alert, now=at)) or quiet_until(hours, at) is not None

    first = next(at for at in range(now, 10_000) if not is_silent(at))
    until = silent_until(whole, hours, **alert, now=now)
    assert until == (first if first > now else None)

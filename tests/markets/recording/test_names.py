"""Names of recordings tell where frames are from, and sort as time does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from markets.recording.names import name_of, place_named, read_name

MOMENTS = st.integers(0, 4_102_444_800_000_000)
PLACES = st.sampled_from(["binance", "binance-usdm", "okx", "mixed"])


@given(PLACES, MOMENTS)
def test_a_name_is_read_as_it_was_written(place: str, at_us: int):
    name = name_of(place, at_us)
    assert read_name(f"{name}.ndjson.gz") == name


@given(MOMENTS, MOMENTS)
def test_beginnings_sort_as_time_does(one: int, other: int):
    assert (name_of("okx", one).begin < name_of("okx", other).begin) == (one < other)


def test_a_name_states_hour_and_place():
    assert str(name_of("binance-usdm", 1_795_870_800_000_001)) == "binance-usdm_20261128T130000.000001Z.raw"


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("okx_20261128T130000.000000Z.raw.ndjson.gz", "okx"),
        ("mixed_20261128T130000.000000Z.raw.ndjson.gz", None),
        ("binance_spot_btc_eth.ndjson.gz", None),
        ("usdm_btc_eth_20240808.raw.ndjson.gz", None),
        ("../x_20261128T130000.000000Z.raw", None),
    ],
)
def test_only_a_name_of_ours_states_a_place(name: str, place: str | None):
    assert place_named(name) == place

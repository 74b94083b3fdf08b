"""A missing change is noticed once, and only where one is missing."""

from hypothesis import given
from hypothesis import strategies as st

from markets.recording.chains import Chain
from markets.recording.frames import Ids

LENGTHS = st.lists(st.integers(1, 5), min_size=3, max_size=20)


def changes(lengths: list[int], is_contracts: bool) -> list[Ids]:
    """Of contracts ids are left out between two changes, which spot never does."""
    ids_sent, last = [], 100
    for length in lengths:
        first = last + (3 if is_contracts else 1)
        ids_sent.append(Ids(first, first + length, "depthUpdate", last if is_contracts else None))
        last = first + length
    return ids_sent


@given(LENGTHS, st.booleans(), st.data())
def test_what_is_reported_whole__and_twice__is_unbroken(
    lengths: list[int], is_contracts: bool, data: st.DataObject
):
    ids_sent = changes(lengths, is_contracts)
    again = data.draw(st.integers(0, len(ids_sent) - 1))
    ids_sent.insert(data.draw(st.integers(again + 1, len(ids_sent))), ids_sent[again])
    chain = Chain()
    assert all(chain.follows(ids) for ids in ids_sent)


@given(LENGTHS, st.booleans(), st.data())
def test_a_change_that_is_missing__breaks_it_at_the_next(
    lengths: list[int], is_contracts: bool, data: st.DataObject
):
    ids_sent = changes(lengths, is_contracts)
    place = data.draw(st.integers(1, len(ids_sent) - 2))
    del ids_sent[place]
    chain = Chain()
    assert [chain.follows(ids) for ids in ids_sent] == [at != place for at in range(len(ids_sent))]

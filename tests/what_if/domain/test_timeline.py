"""What held when, against a look through all changes."""

from math import inf

from hypothesis import given
from hypothesis import strategies as st

from what_if.domain.timeline import Since, Timeline

moments = st.integers(0, 20)


@given(st.lists(moments), moments)
def test_the_last_change_that_is_not_later_holds(times: list[int], moment: int):
    changes = [Since(float(at), number) for number, at in enumerate(times)]
    found = Timeline(-1, changes).at(moment)
    earlier = [change for change in changes if change.at <= moment]
    newest = max((change.at for change in earlier), default=None)
    assert found == max((change.value for change in earlier if change.at == newest), default=-1)


@given(st.lists(moments), moments)
def test_it_holds_until_the_next_change(times: list[int], moment: int):
    changes = [Since(float(at), number) for number, at in enumerate(times)]
    later = [change.at for change in changes if change.at > moment]
    assert Timeline(-1, changes).until(moment) == min(later, default=inf)

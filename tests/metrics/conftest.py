"""Who says, in these tests, what is marked."""

from collections.abc import Callable

import pytest

from metrics import marks
from metrics.marks import Marks


@pytest.fixture
def mark() -> Callable[..., None]:
    """Mark symbols by name from now on, and no others: `mark(BTCUSDT=HALTED)`."""
    told: list[Marks] = [Marks()]
    marks.hand_in(lambda: told[-1])
    return lambda **by_symbol: told.append(Marks(by_symbol))

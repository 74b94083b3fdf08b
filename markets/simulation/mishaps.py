"""What befalls the changes of a book, and the whole books that are asked for: all of it sound, and not as it should be.

A feed must notice each of them, and show no number of a book that it cannot know.
"""

from collections.abc import Callable, Iterable
from itertools import cycle
from typing import NamedTuple

from markets.simulation.frames import RawFrame

CHANGE_SHARE = 0.002  # of the changes; at ten a second one in a minute or so
CHANGE_FAULTS = ("missing", "doubled", "swapped")
ANSWER_FAULTS = ("late", "refused", "old")
SOUND = "sound"
LATE_SECONDS = 5.0
RETRY_SECONDS = 2.0


class Answer(NamedTuple):
    """To who asks for a whole book, after a while: the `body` that an exchange answers, and the same as a frame.

    Or why there is none, and in how many seconds there may be one.
    """

    body: bytes = b""
    frame: RawFrame | None = None
    error: str = ""
    retry_seconds: float = 0.0
    after_seconds: float = 0.0


class ChangeFaults:
    """Every kind in turn: one change is lost, one is told twice, one is overtaken by the next."""

    def __init__(
        self, chance: Callable[[], float], kinds: Iterable[str] = CHANGE_FAULTS, share: float = CHANGE_SHARE
    ) -> None:
        self._chance, self._share = chance, share
        self._kinds = cycle(kinds)
        self._overtaken: dict[str, RawFrame] = {}

    def passed(self, change: RawFrame) -> list[RawFrame]:
        """What arrives where this is sent."""
        if before := self._overtaken.pop(change.symbol, None):
            return [change, before]
        if self._chance() >= self._share:
            return [change]
        match next(self._kinds):
            case "missing":
                return []
            case "doubled":
                return [change, change]
            case _:
                self._overtaken[change.symbol] = change
                return []


class AnswerFaults:
    """Every second answer is sound; of the others every kind in turn."""

    def __init__(self, kinds: Iterable[str] = ANSWER_FAULTS) -> None:
        self._kinds = cycle([each for kind in kinds for each in (SOUND, kind)])
        self._told: dict[str, Answer] = {}

    def befallen(self, symbol: str, answer: Answer) -> Answer:
        """What becomes of a sound answer. One that is old was told before; where none was, the sound one is told."""
        before, self._told[symbol] = self._told.get(symbol, answer), answer
        match next(self._kinds):
            case "late":
                return answer._replace(after_seconds=LATE_SECONDS)
            case "refused":
                return Answer(error="the allowance is used up", retry_seconds=RETRY_SECONDS)
            case "old":
                return before
        return answer

"""How long it takes to hear as many reports as a strategy averages: usually one comes an hour, and some come faster."""

from contextlib import aclosing

from halts.domain import Halts
from what_if.configurations import Configurations
from what_if.domain.question import Question
from what_if.domain.timeline import Timeline
from what_if.replay import Replay
from what_if.sources import Source

HEARD_SECONDS = 120.0
"""From the beginning of a source: reports that come more seldom are taken to come once an hour."""
LEAST = 2
"""That are heard by then of each asset."""
MARGIN = 2.0
"""They need not come as fast all the time. Whether there were enough is counted."""


async def seconds_for(question: Question, known: Configurations, source: Source) -> float | None:
    """As long as so many reports should take; None where that is not known. Raises NoJournal, RecordingError."""
    until = min(source.first + HEARD_SECONDS, source.end)
    replay = Replay(question.strategy_id, [known.in_force], Timeline(Halts()), since=until, until=until)
    async with aclosing(source.read(source.first, until)) as batches:
        async for batch in batches:
            for passed in batch:
                replay.take(passed.at, passed.data, passed.subject)
    heard = replay.heard(question.symbol)
    if heard < LEAST:
        return None
    return MARGIN * known.looks_back.reports * (until - source.first) / heard

"""A question answered to the end, line by line; whatever stands in its way is said in a sentence."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError
from nats.aio.client import Client

from configuration.exceptions import ConfigurationError, StoreUnavailable, ValidationFailed
from journal.stream import NoJournal, reach, subjects
from markets.recording.reading import RecordingError
from messaging.bus import NOT_REACHED, reached
from strategies.domain.evaluators import EVALUATORS, own_symbol
from what_if.domain.answer import Line, Progress, Refusal
from what_if.domain.question import CannotBeJudged, Question
from what_if.domain.subjects import concerning
from what_if.judging import judge
from what_if.recordings import named
from what_if.sources import Journal, Recordings, Source

PROGRESS_SECONDS = 0.25
"""Between two lines that only tell how far it has come."""

NEEDS_MEMORY = "It needs more memory than a what-if is given: ask about a shorter span."


async def answered(question: Question, recordings: Sequence[Path] = ()) -> AsyncGenerator[Line]:
    """What comes of a question over recordings, these or those it names, or else over the journal."""
    try:
        async with _source(question, recordings) as source, aclosing(_lines(question, source)) as lines:
            async for line in lines:
                yield line
    except (CannotBeJudged, NoJournal, RecordingError) as why:
        yield Refusal(sentence=str(why))
    except (StoreUnavailable, DatabaseError):
        yield Refusal(sentence="The database is away: what was in force cannot be read.")
    except ValidationFailed as why:
        yield Refusal(sentence=f"It may not be set: {'; '.join(each.message for each in why.problems)}.")
    except ConfigurationError as why:
        yield Refusal(sentence=str(why))
    except NOT_REACHED:
        yield Refusal(sentence="NATS is away, and the journal with it.")
    except MemoryError:
        yield Refusal(sentence=NEEDS_MEMORY)


@asynccontextmanager
async def _source(question: Question, recordings: Sequence[Path]) -> AsyncGenerator[Source]:
    if question.recording:
        recordings = await asyncio.to_thread(named, question.recording)
    if recordings:
        yield Recordings(recordings)
        return
    async with reached(settings.NATS_URL, "what-if") as connection:
        yield Journal(connection, await reach(connection), await _subjects(connection, question))


async def _subjects(connection: Client, question: Question) -> list[str] | None:
    """Those that need be read; None for all. Some strategies hear of one symbol what is said of others, too."""
    evaluator = EVALUATORS.get(question.strategy_id)
    if question.symbol is None or evaluator is None or evaluator.symbol_of is not own_symbol:
        return None
    held = await subjects(connection)
    return None if held is None else concerning(question.symbol, held)


async def _lines(question: Question, source: Source) -> AsyncGenerator[Line]:
    told_at = 0.0
    async with aclosing(judge(question, source)) as lines:
        async for line in lines:
            if isinstance(line, Progress):
                if time.monotonic() - told_at < PROGRESS_SECONDS:
                    continue
                told_at = time.monotonic()
            yield line

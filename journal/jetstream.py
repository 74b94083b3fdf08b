"""Questions to JetStream, and its refusals in sentences."""

from typing import Any, TypeVar

import msgspec
from nats.aio.client import Client
from nats.errors import NoRespondersError

from messaging.bus import NOT_REACHED, in_words

ANSWER_SECONDS = 5.0
WITHOUT = "NATS runs without JetStream, in which the journal of the market would be kept."
NO_STREAM = 10059
NO_ROOM = (10023, 10028, 10047)
OVERLAP = 10065
NO_JETSTREAM = (10039, 10076)
"""Errors by number: https://github.com/nats-io/nats-server/blob/main/server/errors.json"""

T = TypeVar("T")


class NoJournal(Exception):
    """There is none, or it cannot be read; the message is a sentence for people."""


class NoStream(NoJournal):
    """NATS could keep one, and nobody has asked it to."""

    def __init__(self) -> None:
        super().__init__("No journal of the market is kept on this NATS yet.")


class Problem(msgspec.Struct):
    """Why JetStream refuses."""

    description: str = ""
    err_code: int = 0


class _Answer(msgspec.Struct):
    error: Problem | None = None


async def answered(connection: Client, path: str, body: dict[str, Any], kind: type[T]) -> T:
    """The answer to a request of JetStream's API, such as `STREAM.INFO.NAME`. Raises NoJournal."""
    try:
        message = await connection.request(
            f"$JS.API.{path}", msgspec.json.encode(body), timeout=ANSWER_SECONDS
        )
    except NoRespondersError as problem:
        raise NoJournal(WITHOUT) from problem
    except NOT_REACHED as problem:
        why = in_words(problem)
        raise NoJournal(f"NATS does not answer about the journal, or may not ({why}).") from problem
    if refusal := msgspec.json.decode(message.data, type=_Answer).error:
        raise _in_a_sentence(refusal)
    return msgspec.json.decode(message.data, type=kind)


def _in_a_sentence(problem: Problem) -> NoJournal:
    code, words = problem.err_code, problem.description
    if code == NO_STREAM:
        return NoStream()
    if code in NO_JETSTREAM:
        return NoJournal(WITHOUT)
    if code in NO_ROOM:
        return NoJournal(f"NATS has no room for a journal of JOURNAL_BYTES ({words}).")
    if code == OVERLAP:
        return NoJournal(f"Another stream of this NATS holds subjects of the journal ({words}).")
    return NoJournal(f"NATS keeps no journal: {words}.")

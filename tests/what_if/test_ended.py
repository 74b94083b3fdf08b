"""Jobs that end without an answer: what is said of it is known."""

import pytest

from tests.servers import Server
from tests.what_if.test_jobs import DIES, lines, program, run, working
from what_if.domain.answer import Line, Refusal
from what_if.jobs import DIED, FAILED


@pytest.mark.parametrize(
    ("ends", "sentence"),
    [
        pytest.param(DIES, DIED, id="killed"),
        pytest.param("import os, sys; sys.stdin.readline(); os.kill(os.getpid(), 15)", DIED, id="terminated"),
        pytest.param("import sys; sys.stdin.readline(); raise KeyError(1)", FAILED, id="a mistake"),
        pytest.param("import os, sys; sys.stdin.readline(); os.abort()", FAILED, id="of itself"),
    ],
)
def test_one_that_was_ended_from_outside_is_told_from_one_that_failed(
    nats_server: Server, ends: str, sentence: str
):
    async def work() -> list[Line]:
        async with working(nats_server, program(ends)) as (client, _):
            return await lines(client)

    assert run(work) == [Refusal(sentence=sentence)]
    assert "memory" not in sentence

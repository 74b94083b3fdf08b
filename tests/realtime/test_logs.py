"""One line for an outage, none for an answer that was meant."""

import logging

import pytest
from redis.exceptions import ConnectionError as StoreLost
from redis.exceptions import TimeoutError as StoreSlow

from realtime.logs import OneLineAnOutage, UnexpectedOnly


def record(error: BaseException | None, created: float = 0.0) -> logging.LogRecord:
    exc_info = None if error is None else (type(error), error, None)
    made = logging.LogRecord("library", logging.ERROR, __file__, 1, "Unexpected exception", (), exc_info)
    made.created = created
    return made


@pytest.mark.parametrize("error", [StoreLost("refused"), StoreSlow("slow"), ConnectionResetError("reset")])
def test_outage_is_one_line_without_a_traceback(error):
    quiet = OneLineAnOutage()
    first = record(error, 100.0)
    assert quiet.filter(first)
    assert first.getMessage() == f"connection_lost {type(error).__name__}: {error}; trying until it is back"
    assert (first.levelname, first.exc_info) == ("WARNING", None)
    assert [quiet.filter(record(error, 100.0 + seconds)) for seconds in range(1, 60)] == [False] * 59
    assert quiet.filter(record(error, 164.0))  # the next outage


@pytest.mark.parametrize("error", [None, ValueError("a fault of ours")])
def test_everything_else_passes_as_it_is(error):
    quiet = OneLineAnOutage()
    quiet.filter(record(StoreLost(), 100.0))
    other = record(error, 100.1)
    assert quiet.filter(other)
    assert other.getMessage() == "Unexpected exception"
    assert (other.exc_info is None) == (error is None)


def test_answered_5xx_is_not_logged_and_a_failure_is(client, own_store, monkeypatch, caplog):
    own_store.stop()
    assert client.get("/api/v1/metrics/all").status_code == 503
    assert not [entry for entry in caplog.records if entry.name == "django.request"]
    monkeypatch.setattr("metrics.api.market.all_answer", lambda reader: 1 / 0)
    client.raise_request_exception = False
    assert client.get("/api/v1/metrics/all").status_code == 500
    assert [entry.levelname for entry in caplog.records if entry.name == "django.request"] == ["ERROR"]


def test_filter_knows_failures_by_their_traceback():
    assert UnexpectedOnly().filter(record(ZeroDivisionError()))
    assert not UnexpectedOnly().filter(record(None))

"""What is asked again, when, and how refusals are reported; steps are carried out by hand, so that nothing waits."""

from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest

from alerts.exceptions import AlertResolved
from configuration.exceptions import ConfigurationError
from halts.known import UnknownSymbols
from realtime_strategies_client import Client, Config, errors
from realtime_strategies_client.asking import PAUSES, answer, place, read
from realtime_strategies_client.configuration import Configuration
from realtime_strategies_client.signals import SignalCalls
from realtime_strategies_client.steps import Request, Show, Step, Steps, Wait

GET, POST = Request("GET", "/feed"), Request("POST", "/strategies/halt")
DONE = httpx.Response(200, json={})


def carried_out(steps: Steps[Any], *outcomes: httpx.Response | Exception) -> tuple[Any, list[Step]]:
    """The result, and the steps there were; each request has the next outcome."""
    taken: list[Step] = []
    coming = iter(outcomes)
    try:
        step = next(steps)
        while True:
            taken.append(step)
            outcome = next(coming) if isinstance(step, Request) else None
            step = steps.throw(outcome) if isinstance(outcome, Exception) else steps.send(outcome)
    except StopIteration as end:
        return end.value, taken


def refusing(status: int, retry_after: str | None = None, /, **body: Any) -> httpx.Response:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return httpx.Response(status, headers=headers, json=body)


def enveloped(code: str, message: str = "No.", details: Any = None) -> dict[str, Any]:
    error = {"code": code, "message": message, "details": details}
    return {"success": False, "data": None, "error": error, "metadata": None}


@pytest.mark.parametrize("request_", [GET, POST], ids=["read", "write"])
def test_one_too_many_is_asked_again_when_the_server_asks_for_it(request_: Request):
    result, taken = carried_out(answer(request_), refusing(429, "7"), DONE)
    assert (result, taken) == (DONE, [request_, Wait(7.0), request_])


def test_a_time_to_come_again_may_be_a_date():
    with pytest.raises(errors.Throttled) as raised:
        carried_out(answer(GET), refusing(429, "Wed, 21 Oct 2099 07:28:00 GMT"))
    assert raised.value.retry_after is not None
    assert raised.value.retry_after > 1e9


@pytest.mark.parametrize("stated", ["31", "3600", None, "soon"])
def test_nobody_waits_longer_than_he_can_be_asked_to(stated: str | None):
    with pytest.raises(errors.Throttled):
        carried_out(answer(GET), refusing(429, stated))


def test_asking_again_has_an_end():
    with pytest.raises(errors.Throttled):
        carried_out(answer(GET), *[refusing(429, "1")] * (len(PAUSES) + 1))


def test_what_only_reads_is_asked_again_while_the_store_is_away():
    _, taken = carried_out(answer(GET), refusing(503, "5"), DONE)
    assert taken == [GET, Wait(5.0), GET]


def test_a_write_is_not_sent_again_where_it_may_have_been_kept():
    with pytest.raises(errors.Unavailable, match="look before"):
        carried_out(answer(POST), refusing(503, "5", **enveloped("STORE_UNAVAILABLE", "look before …")))


@pytest.mark.parametrize("fault", [httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError])
def test_a_connection_that_breaks_is_made_anew_for_reads_only(fault: type[httpx.TransportError]):
    result, taken = carried_out(answer(GET), fault(""), DONE)
    assert (result, taken) == (DONE, [GET, Wait(PAUSES[0]), GET])
    with pytest.raises(errors.Unreachable, match=fault.__name__):
        carried_out(answer(POST), fault(""))


def test_a_write_that_never_left_is_sent_again():
    result, _ = carried_out(answer(POST), httpx.ConnectError("refused"), DONE)
    assert result == DONE
    with pytest.raises(errors.Unreachable, match="refused"):
        carried_out(answer(POST), *[httpx.ConnectError("refused")] * 3)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "VALIDATION_ERROR", errors.ValidationFailed),
        (401, "NOT_AUTHENTICATED", errors.NotAuthenticated),
        (403, "PERMISSION_DENIED", errors.PermissionDenied),
        (404, "NOT_FOUND", errors.NotFound),
        (409, "ROLLBACK_FAILED", errors.RollbackFailed),
        (409, "UNKNOWN_SYMBOL", errors.UnknownSymbol),
        (409, "BATCH_CHANGED", errors.BatchChanged),
        (409, "ALERT_RESOLVED", errors.AlertResolved),
        (409, "SILENCE_OVER", errors.SilenceOver),
        (412, "PRECONDITION_FAILED", errors.Conflict),
        (429, "THROTTLED", errors.Throttled),
        (503, "STORE_UNAVAILABLE", errors.Unavailable),
        (405, "METHOD_NOT_ALLOWED", errors.Refused),
        (500, "INTERNAL_ERROR", errors.Refused),
    ],
)
def test_each_code_has_its_error(status: int, code: str, kind: type[errors.Refused]):
    with pytest.raises(errors.ClientError) as raised:
        carried_out(answer(POST), refusing(status, **enveloped(code, "A sentence.", {"nearest": ["A"]})))
    error = raised.value
    assert type(error) is kind
    assert (str(error), error.status, error.code) == ("A sentence.", status, code)
    assert error.details == {"nearest": ["A"]}


def test_where_a_status_means_several_things_every_code_has_its_error():
    refusals = ConfigurationError.__subclasses__()
    assert {AlertResolved, UnknownSymbols} <= set(refusals)
    assert {kind.code for kind in refusals if kind.status == 409} == errors.BY_CODE.keys()


def test_a_refusal_of_the_metrics_is_reported_in_words():
    body: dict[str, Any] = {
        "error": "Invalid query",
        "detail": "limit: must be >= 1",
        "fields": {"limit": ["must be >= 1"]},
    }
    with pytest.raises(errors.ValidationFailed, match="Invalid query: limit: must be >= 1") as raised:
        carried_out(answer(GET), refusing(400, None, **body))
    assert raised.value.fields == {"limit": ["must be >= 1"]}


@pytest.mark.parametrize("content", [b"<h1>Bad gateway</h1>", b"", b"[1]", b'"no"', b"\xff"])
def test_a_proxy_is_understood_too(content: bytes):
    with pytest.raises(errors.Refused, match="502 Bad Gateway"):
        carried_out(answer(GET), httpx.Response(502, content=content))


@pytest.mark.parametrize("content", [b"<h1>Welcome</h1>", b"", b"{}", b"[" * 100_000])
def test_an_answer_of_somebody_else_is_no_answer(content: bytes):
    class Wanted(msgspec.Struct):
        state: str

    with pytest.raises(errors.UnreadableAnswer):
        carried_out(read("/feed", Wanted), httpx.Response(200, content=content))


def test_a_redirect_is_reported_and_not_followed():
    moved = httpx.Response(307, headers={"Location": "https://elsewhere.example"})
    with pytest.raises(errors.Refused, match="307 Temporary Redirect"):
        carried_out(answer(POST), moved)


def test_what_stands_in_a_path_cannot_leave_it():
    assert place("depth", "币安人生USDT", "../?a=b") == (
        "/depth/%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT/..%2F%3Fa%3Db"
    )


SEEN = Config(
    strategy_id="orderbook_skew",
    symbol=None,
    parameters={},
    overrides={},
    provenance={},
    version=7,
    source="default",
    is_override=False,
    created_at=None,
    updated_at=None,
    hash="a",
    etag='"own:7"',
)
WRITES = {"change": (SEEN, {"top_levels": 7}), "delete": (SEEN,), "rollback": (SEEN,)}


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    ("answers", "trouble"),
    [
        ([refusing(503, None, **enveloped("STORE_UNAVAILABLE"))], errors.Unavailable),
        ([refusing(403, None, **enveloped("PERMISSION_DENIED"))], errors.PermissionDenied),
        ([httpx.ReadTimeout("")] * 3, errors.Unreachable),
        ([httpx.Response(200, content=b"<h1>Welcome</h1>")], errors.UnreadableAnswer),
    ],
)
def test_a_conflict_is_reported_also_where_the_present_state_cannot_be_read(
    write: str, answers: list[Any], trouble: type[Exception]
):
    steps = vars(Configuration)[write]._steps(None, *WRITES[write])
    with pytest.raises(errors.Conflict, match="Somebody else") as raised:
        carried_out(
            steps, refusing(412, None, **enveloped("PRECONDITION_FAILED", "Somebody else.")), *answers
        )
    assert (raised.value.seen, raised.value.present) == (SEEN, None)
    assert type(raised.value.__cause__) is trouble


def test_signals_come_one_after_the_other_as_many_as_are_listed():
    listed = refusing(200, None, signals=[signal(1), signal(2)])
    _, taken = carried_out(vars(SignalCalls)["each"]._series(None, symbol="A"), listed)
    assert [step.item.id for step in taken if isinstance(step, Show)] == ["1", "2"]
    [asked] = [step.query for step in taken if isinstance(step, Request)]
    assert asked == {"limit": 1000, "symbol": "A"}


def test_the_ledger_is_asked_page_by_page_until_there_is_no_more():
    pages = [
        refusing(200, None, signals=[signal(1)], next="there"),
        refusing(200, None, signals=[], next="further"),
        refusing(200, None, signals=[signal(2)]),
    ]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    _, taken = carried_out(vars(SignalCalls)["ledger"]._series(None, part="A", start=start), *pages)
    assert [step.item.id for step in taken if isinstance(step, Show)] == ["1", "2"]
    asked = [dict(step.query) for step in taken if isinstance(step, Request)]
    assert [each.pop("cursor", None) for each in asked] == [None, "there", "further"]
    assert asked == [{"limit": 1000, "part": "A", "from": start.isoformat()}] * 3


def test_without_a_choice_the_ledger_is_asked_all_the_same():
    _, taken = carried_out(vars(SignalCalls)["ledger"]._series(None), refusing(200, None, signals=[]))
    [asked] = [step.query for step in taken if isinstance(step, Request)]
    assert asked.keys() == {"limit", "from"}


@pytest.mark.parametrize("name", ["signals", "signals.xlsx"])
def test_a_file_of_signals_ends_in_a_form_there_is(name: str):
    with pytest.raises(ValueError, match=r"\.csv or \.parquet"):
        carried_out(vars(SignalCalls)["export"]._steps(None, name))


def signal(number: int) -> dict[str, Any]:
    numbers = dict.fromkeys(("confidence", "price", "quantity", "target_price", "stop_loss"), 1.0)
    words = dict.fromkeys(("strategy_id", "symbol", "action", "state", "strength"), "a")
    return {
        **numbers,
        **words,
        "id": str(number),
        "timestamp": "2026-01-01T00:00:00Z",
        "indicators": {},
        "metadata": {},
    }


def test_a_client_that_is_closed_reports_it():
    with Client("http://127.0.0.1:1") as client:
        pass
    with pytest.raises(errors.ClientClosed):
        client.metrics.summary()

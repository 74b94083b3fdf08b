"""Bodies of requests: too large, of untold length, faulty, and ordinary."""

from typing import Any

import httpx
import pytest
from asgiref.sync import async_to_sync

from realtime.serving.application import bounded


@pytest.mark.parametrize(
    "content_type", ["application/json", "multipart/form-data; boundary=x", "text/plain"]
)
@pytest.mark.parametrize("size", [2_621_441, 8_000_000])
def test_body_that_is_too_large_is_refused_by_its_length(page, log, content_type, size):
    address = f"http://{page}/api/v1/strategies/orderbook_skew/config"
    answer = httpx.post(address, content=b"x" * size, headers={"Content-Type": content_type}, timeout=20)
    assert answer.status_code == 413
    assert answer.json()["error"] == {
        "code": "BODY_TOO_LARGE",
        "message": f"A body has at most 2621440 bytes, got {size}.",
        "details": None,
    }
    assert "Traceback" not in log.read_text()


def test_body_of_unstated_length_is_refused(page):
    address = f"http://{page}/api/v1/strategies/orderbook_skew/config"
    answer = httpx.post(address, content=iter([b"{", b"x" * 4_000_000]), timeout=20)
    assert (answer.status_code, answer.json()["error"]["code"]) == (411, "LENGTH_REQUIRED")


@pytest.mark.parametrize("start", [b"", b"--x\r\nnonsense"])
def test_form_that_is_faulty_is_answered_like_any_other(page, start):
    address = f"http://{page}/api/v1/strategies/orderbook_skew/config"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = httpx.post(address, content=start + b"x" * 200, headers=headers, timeout=20)
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ((b"content-length", b"10"), [b"12345", b"67890"]),
        ((b"content-length", b"11"), [b""]),
        ((b"transfer-encoding", b"chunked"), [b""]),
    ],
)
def test_nothing_is_kept_of_a_body_beyond_the_limit(header, expected):
    sent: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"12345", "more_body": True},
        {"type": "http.request", "body": b"67890", "more_body": False},
        {"type": "http.disconnect"},
    ]
    received: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return sent.pop(0)

    async def application(scope, receive, send) -> None:
        while not received or received[-1]["type"] != "http.disconnect":
            received.append(await receive())

    async_to_sync(bounded(application, 10))({"type": "http", "headers": [header]}, receive, None)
    assert [message["body"] for message in received[:-1]] == expected


def test_form_of_the_pages_is_still_read(page):
    with httpx.Client(base_url=f"http://{page}") as browser:
        browser.get("/admin/login/")
        form = {"csrfmiddlewaretoken": browser.cookies["csrftoken"], "username": "", "password": ""}
        answer = browser.post("/admin/login/", data=form, headers={"Referer": f"http://{page}/"})
        assert answer.status_code == 200
        assert "This must not be left empty" in answer.text


def test_page_that_is_sent_too_much_answers_with_a_page(page):
    answer = httpx.post(f"http://{page}/admin/login/", content=b"x" * 3_000_000, timeout=20)
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "text/html; charset=utf-8")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]

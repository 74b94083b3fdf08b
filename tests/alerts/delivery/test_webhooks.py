"""Webhooks at a real receiver: signed, called where the name leads and nowhere else, and never for long."""

import base64
import hashlib
import hmac
import json
import logging
import socket
import ssl
import time
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks
from asgiref.sync import async_to_sync

from alerts.delivery import webhooks
from alerts.delivery.letters import Letter
from alerts.delivery.outcomes import Outcome
from alerts.delivery.sending import send
from alerts.delivery.targets import Target
from alerts.domain.channels import signing_key
from realtime.stack.servers import LOCALHOST, free_port
from tests.alerts.delivery.receivers import Hook, listening
from tests.alerts.factories import SECRET
from tests.messaging.test_tls import Certificate

LETTER = Letter("0b0f6a52", b'{"key":"0b0f6a52"}', "A subject", "Lines", "info")
AT = 1_800_000_000.5


@pytest.fixture
def hook(settings: Any) -> Any:
    settings.ALERTS_PRIVATE_ADDRESSES = True
    with listening(Hook()) as hook:
        yield hook


def sent(address: str) -> Outcome:
    return async_to_sync(send)(Target("webhook", address, SECRET), LETTER, AT)


def test_a_message_is_signed_as_the_standard_has_it(hook: Hook):
    assert sent(hook.url) == Outcome(True, "200 thanks")
    [(headers, body)] = hook.heard
    assert body == LETTER.body
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"] == headers["idempotency-key"] == LETTER.key
    assert headers["webhook-timestamp"] == "1800000000"
    key = signing_key(SECRET)
    assert key
    expected = hmac.new(key, b"0b0f6a52.1800000000." + body, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(expected).decode()}"
    assert headers["host"] == f"{LOCALHOST}:{hook.port}"


def test_the_example_of_the_standard_is_signed_as_it_has_it():
    """https://github.com/standard-webhooks/standard-webhooks, its specification."""
    key = signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert key
    headers = webhooks.signed("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', key)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_reference_library_of_the_standard_takes_it(hook: Hook):
    at = time.time()
    for key in ("0b0f6a52", "ключ"):
        letter = replace(LETTER, body=json.dumps({"key": key, "symbol": "币安USDT"}).encode())
        assert async_to_sync(send)(Target("webhook", hook.url, SECRET), letter, at).is_delivered
        headers, body = hook.heard[-1]
        assert standardwebhooks.Webhook(SECRET).verify(body, headers) == json.loads(body)
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            standardwebhooks.Webhook(SECRET).verify(body.replace(b"USDT", b"USDC"), headers)


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({}, 0.0),
        ({"Retry-After": "120"}, 120.0),
        ({"Retry-After": "Sun, 29 Nov 2026 12:01:30 GMT", "Date": "Sun, 29 Nov 2026 12:00:00 GMT"}, 90.0),
        ({"Retry-After": "Sun, 29 Nov 2026 11:00:00 GMT", "Date": "Sun, 29 Nov 2026 12:00:00 GMT"}, 0.0),
        ({"Retry-After": "soon"}, 0.0),
        ({"Retry-After": "-1"}, 0.0),
        ({"Retry-After": "9" * 400}, inf),
        ({"Retry-After": "Sun, 29 Nov 2026 12:01:30 -0000", "Date": "Sun, 29 Nov 2026 12:00:00 GMT"}, 0.0),
    ],
)
def test_who_asks_to_be_left_alone_for_a_while_is_heard(hook: Hook, headers: dict[str, str], pause: float):
    hook.status, hook.answer, hook.headers = 429, b"slow down", headers
    assert sent(hook.url) == Outcome(False, "429 slow down", pause)


def test_redirects_are_not_followed(hook: Hook):
    hook.status, hook.location = 307, f"http://{LOCALHOST}:{hook.port}/elsewhere"
    assert sent(hook.url) == Outcome(False, "307: it leads elsewhere, and is not followed there.")
    assert len(hook.heard) == 1


def test_an_answer_is_read_to_a_few_kilobytes_and_shown_without_secrets(hook: Hook):
    hook.status, hook.answer = 404, b"no T0PSECRET here, hidden-token\r\nX: " + SECRET.encode()
    assert sent(hook.url) == Outcome(False, "404 no … here, … X: …")
    hook.status, hook.drip = 200, True
    assert sent(hook.url).is_delivered


def test_who_does_not_answer_is_not_waited_for(hook: Hook, monkeypatch: Any):
    monkeypatch.setattr(webhooks, "ANSWER_SECONDS", 0.2)
    with socket.create_server((LOCALHOST, 0)) as silent:
        outcome = sent(f"http://{LOCALHOST}:{silent.getsockname()[1]}/T0PSECRET")
    assert outcome == Outcome(False, webhooks.NO_ANSWER)


def test_who_is_away_is_named_by_scheme_and_host_alone_and_so_in_logs(hook: Hook, caplog: Any):
    caplog.set_level(logging.DEBUG)
    outcome = sent(f"http://{LOCALHOST}:{free_port()}/services/T0PSECRET?token=hidden-token")
    assert not outcome.is_delivered
    assert "cannot be reached" in outcome.answer
    sent(hook.url)
    assert not any(each in caplog.text + outcome.answer for each in ("T0PSECRET", "hidden-token", SECRET))


def test_a_name_that_leads_inside_by_now_is_not_called(hook: Hook, settings: Any, monkeypatch: Any):
    settings.ALERTS_PRIVATE_ADDRESSES = False
    inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (LOCALHOST, hook.port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: inside)
    outcome = sent(f"http://rebinding.example:{hook.port}/hook")
    assert "rebinding.example leads to 127.0.0.1" in outcome.answer
    assert not hook.heard


@pytest.fixture
def asked(monkeypatch: Any) -> list[str]:
    """Every host that was looked up, where all of example lead here."""
    asked: list[str] = []
    known = socket.getaddrinfo

    def here(host: Any, *rest: Any, **options: Any) -> Any:
        if str(host).endswith(".example"):
            asked.append(host)
            host = LOCALHOST
        return known(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", here)
    return asked


def test_a_certificate_is_that_of_the_name_although_an_address_is_called(
    asked: list[str], settings: Any, monkeypatch: Any, tmp_path: Path
):
    settings.ALERTS_PRIVATE_ADDRESSES = True
    certificate = Certificate(tmp_path, "hooks.example")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate.file, certificate.key_file)
    with listening(Hook(), tls=tls) as hook:
        refused = sent(f"https://hooks.example:{hook.port}/hook")
        assert "CERTIFICATE_VERIFY_FAILED" in refused.answer
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
        monkeypatch.setattr(webhooks, "_authorities", webhooks._authorities.__wrapped__)
        assert sent(f"https://hooks.example:{hook.port}/hook").is_delivered
        refused = sent(f"https://other.example:{hook.port}/hook")
    assert "CERTIFICATE_VERIFY_FAILED" in refused.answer
    assert len(hook.heard) == 1


def test_a_name_is_looked_up_once_and_what_was_looked_at_is_called(hook: Hook, asked: list[str]):
    assert sent(f"http://hooks.example:{hook.port}/hook").is_delivered
    assert asked == ["hooks.example"]
    assert hook.heard[0][0]["host"] == f"hooks.example:{hook.port}"

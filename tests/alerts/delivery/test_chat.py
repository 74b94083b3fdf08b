"""Only chat services on servers of their own are taken, and no option that reads files or weakens a connection."""

import json
import logging
import re
from typing import Any, cast

import pytest
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from alerts.delivery import chat

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
DISCORD = "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"
TELEGRAM = "tgram://123456789:abcdefg_hijklmnop/12315544/"


def test_a_service_is_taken_as_apprise_has_it():
    assert chat.fault(SLACK) is None
    assert chat.fault(f"{SLACK}?to=ops") is None
    assert chat.fault("slack://") == chat.NOT_UNDERSTOOD


@pytest.mark.parametrize(
    "url",
    [
        "dbus://",
        "syslog://",
        "file:///tmp/x",
        "windows://",
        "macosx://",
        "gnome://",
        "json://127.0.0.1/",
        "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        "mailto://user:pass@example.com",
        "mqtt://10.0.0.1/topic",
        "fcm://project@key/?keyfile=/etc/passwd",
        "vapid://a@b.example",
        "nothing",
    ],
)
def test_what_runs_commands_writes_files_or_names_a_server_of_its_own_is_refused(url: str):
    assert chat.fault(url) == chat.NO_SERVICE


@pytest.mark.parametrize(
    "option", ["template=/etc/passwd", "verify=no", "redirect=yes", "store=yes", "Verify=no"]
)
def test_options_that_read_files_or_weaken_the_connection_are_refused(option: str):
    assert chat.fault(f"{SLACK}?{option}") == chat.NO_OPTION


def test_the_library_writes_nothing_down(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    chat.fault("slack://T1JJ3T3L2/wrong/hidden-token")
    assert "hidden-token" not in caplog.text


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What services would have been told, by way of everything but their servers."""
    told: list[Any] = []

    def takes(_: HTTPAdapter, request: PreparedRequest, **__: Any) -> Response:
        told.append(json.loads(cast("bytes", request.body)))
        answer = Response()
        answer.status_code, answer._content = 200, b"ok"
        return answer

    monkeypatch.setattr(HTTPAdapter, "send", takes)
    return told


@pytest.mark.parametrize("url", [SLACK, TELEGRAM, DISCORD], ids=["slack", "telegram", "discord"])
def test_no_name_calls_everybody(url: str, sent: list[Any]):
    assert chat.notify(url, "@everyone", "Fires: @here and @everyone", "critical")
    told = json.dumps(sent[-1], ensure_ascii=False)
    assert "here and" in told
    assert not re.search("@(everyone|here)", told)


@pytest.mark.parametrize("url", [SLACK, TELEGRAM], ids=["slack", "telegram"])
def test_no_name_becomes_a_mention_a_link_or_markup_of_the_service(url: str, sent: list[Any]):
    name = "<!channel> <https://evil.example|here>"
    assert chat.notify(url, name, f"Fires: {name}", "critical")
    told = re.sub("&[ne][mb]sp;", " ", json.dumps(sent[-1]))
    assert "Fires: &lt;!channel&gt; &lt;https://evil.example|here&gt;" in told
    assert "<!channel>" not in told

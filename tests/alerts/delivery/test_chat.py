"""Only chat services on servers of their own are taken, and no option that reads files or weakens a connection."""

import logging

import pytest

from alerts.delivery import chat

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"


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

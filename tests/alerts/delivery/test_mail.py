"""E-mail at a real server."""

from typing import Any

import pytest
from asgiref.sync import async_to_sync

from alerts.delivery import mail
from alerts.delivery.letters import Letter
from alerts.delivery.sending import send
from alerts.delivery.targets import Target
from tests.alerts.delivery.receivers import Mailbox, send_by_mail, taking_mail

DESK = Target("email", "desk@example.com, night@example.com", "")


@pytest.fixture
def mailbox(settings: Any) -> Any:
    send_by_mail(settings)
    with taking_mail(settings.EMAIL_PORT) as mailbox:
        yield mailbox


def letter(subject: str = "[warning] Wide spread fires: BTCUSDT") -> Letter:
    return Letter("0b0f6a52", b"{}", subject, "Fires: Wide spread\nLook at the book.", "warning")


def test_a_mail_has_the_same_key_whenever_it_is_sent(mailbox: Mailbox):
    for _ in range(2):
        assert async_to_sync(send)(DESK, letter(), 0.0).is_delivered
    for recipients, message in mailbox.mails:
        assert recipients == ["desk@example.com", "night@example.com"]
        assert message["Message-ID"] == "<0b0f6a52@desk.example>"
        assert message["Subject"] == "[warning] Wide spread fires: BTCUSDT"
        assert "Look at the book." in message.get_content()


def test_a_name_cannot_add_headers(mailbox: Mailbox):
    async_to_sync(send)(DESK, letter("Wide\r\nBcc: thief@example.com"), 0.0)
    [(recipients, message)] = mailbox.mails
    assert "thief@example.com" not in recipients
    assert message["Bcc"] is None
    assert message["Subject"] == "Wide Bcc: thief@example.com"


def test_a_server_that_is_away_or_not_set_up_is_said_in_words(settings: Any):
    send_by_mail(settings)
    outcome = async_to_sync(send)(DESK, letter(), 0.0)
    assert (outcome.is_delivered, outcome.answer.partition(":")[0]) == (
        False,
        "The mail server did not take it",
    )
    settings.EMAIL_BACKEND = mail.NOWHERE
    assert async_to_sync(send)(DESK, letter(), 0.0).answer == mail.NOT_SET_UP


@pytest.mark.parametrize(
    "text", ["desk", "a@b.example;c@d.example", "a@b.example\nBcc: c@d.example", "", "a@b.example,"]
)
def test_addresses_of_mail_are_what_they_claim(text: str):
    assert mail.fault(text) == mail.NO_ADDRESSES

"""What a message says, whatever people call their rules: names are text, for programs and for people."""

import json

import pytest
from django.utils import timezone

from alerts.delivery.letters import LINES, written
from alerts.delivery.making import tell_firing
from alerts.models import Delivery, Message
from tests.alerts.factories import fired, saved, saved_channel

pytestmark = [pytest.mark.database, pytest.mark.django_db]
NAME = "{{ settings.SECRET_KEY }} {% debug %} %(x)s {0.__class__} ${HOME} <script>alert(1)</script>"
ADVICE = 'See "the book"\r\nBcc: thief@example.com\n\n{% include "/etc/passwd" %}'


def message_about(*symbols: str) -> tuple[Message, list[Delivery]]:
    row = saved(name=NAME, advice=ADVICE, channels=[saved_channel().pk])
    tell_firing([fired(row, each) for each in symbols], {row.pk: row})
    message = Message(channel_name="Desk", kind="webhook", made_at=timezone.now())
    return message, [*Delivery.objects.select_related("alert__rule")]


def test_names_and_advice_stand_in_it_as_they_were_written():
    letter = written(*message_about("币安人生USDT"))
    told = json.loads(letter.body)
    assert told["summary"] == f"{NAME} fires: 币安人生USDT"
    assert (told["alerts"][0]["rule_name"], told["alerts"][0]["symbol"]) == (NAME, "币安人生USDT")
    assert letter.subject == f"[warning] {NAME} fires: 币安人生USDT"
    assert letter.lines.startswith(
        f"Fires: {NAME}, 币安人生USDT at binance: 12.5 bps (Spread above 10 bps), "
    )
    assert letter.lines.endswith(f"\n\n{ADVICE}")


def test_people_get_a_line_each_of_the_first_alone_and_programs_all_of_them():
    letter = written(*message_about(*(f"COIN{number}USDT" for number in range(LINES + 5))))
    assert len(json.loads(letter.body)["alerts"]) == LINES + 5
    lines = letter.lines.partition("\n\n")[0].splitlines()
    assert (len(lines), lines[-1]) == (LINES + 1, "… and 5 more.")

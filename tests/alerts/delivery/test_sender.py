"""What is told on channels, at a real receiver that is away, slow and back: nothing lost, nothing twice by its key."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from alerts.delivery import queue
from alerts.delivery.letters import Letter
from alerts.delivery.making import tell_firing, tell_resolved
from alerts.delivery.outcomes import Outcome
from alerts.delivery.sender import Sender
from alerts.domain.delivering import MINUTE
from alerts.domain.silences import Silence
from alerts.models import Alert, AlertRule, Delivery, Message
from alerts.services import delete_channel, delete_rule, save_channel, save_rule, silence
from realtime.stack.servers import free_port
from tests.alerts.delivery.receivers import Hook, listening, send_by_mail, taking_mail
from tests.alerts.factories import FIRED, SECRET, SETUP, channel, fired, rule, saved, saved_channel
from tests.factories import Clock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


@pytest.fixture
def hook(settings: Any) -> Hook:
    """Not there yet."""
    settings.ALERTS_PRIVATE_ADDRESSES = True
    hook = Hook()
    hook.port = free_port()
    return hook


@pytest.fixture
def row(hook: Hook) -> AlertRule:
    """A rule whose alerts are told there."""
    return saved(channels=[saved_channel(address=hook.url).pk])


def fires(row: AlertRule, *symbols: str) -> list[Alert]:
    alerts = [fired(row, each) for each in symbols]
    tell_firing(alerts, {row.pk: row})
    return alerts


def over(*alerts: Alert) -> None:
    keys = [each.pk for each in alerts]
    Alert.objects.filter(pk__in=keys).update(
        resolved_at=FIRED + timedelta(minutes=1), resolved_because="back"
    )
    tell_resolved(keys)


def look(sender: Sender, times: int = 1) -> None:
    """As the process does it, until nothing is under way."""

    async def looked() -> None:
        for _ in range(times):
            await sender.look()
            await sender.settle()

    async_to_sync(looked)()


def test_an_alert_is_told_when_it_fires_and_when_it_is_over(hook: Hook, row: AlertRule, clock: Clock):
    sender = Sender(30, clock)
    [alert] = fires(row, "BTCUSDT")
    with listening(hook, hook.port):
        look(sender)
        clock.advance(6)
        over(alert)
        look(sender)
        look(sender)
    began, ended = hook.messages()
    assert (began["summary"], ended["summary"]) == (
        "Wide spread fires: BTCUSDT",
        "Wide spread is over: BTCUSDT",
    )
    assert [each["key"] for each in (*began["alerts"], *ended["alerts"])] == [
        f"{alert.pk}.firing",
        f"{alert.pk}.resolved",
    ]
    assert (began["severity"], began["channel"], began["is_test"]) == ("warning", "Desk", False)
    assert began["alerts"][0]["value_at_firing"] == 12.5
    assert sender.report.delivered == {"webhook": 2}
    assert {each.answer for each in Message.objects.all()} == {"200 thanks"}


def test_two_hundred_symbols_are_one_message_and_more_of_the_rule_waits_a_moment(
    hook: Hook, row: AlertRule, clock: Clock
):
    sender = Sender(30, clock)
    fires(row, *(f"COIN{number}USDT" for number in range(200)))
    with listening(hook, hook.port):
        look(sender)
        fires(row, "ETHUSDT")
        fires(row, "SOLUSDT")
        look(sender)
        assert len(hook.heard) == 1
        clock.advance(5)
        look(sender)
    assert [len(each["alerts"]) for each in hook.messages()] == [200, 2]
    assert hook.messages()[0]["summary"] == "Wide spread fires: COIN0USDT, COIN1USDT, COIN2USDT and 197 more"


def test_a_receiver_that_was_away_is_told_everything_once(
    hook: Hook, row: AlertRule, clock: Clock, caplog: Any
):
    sender = Sender(30, clock)
    [alert] = fires(row, "BTCUSDT")
    for _ in range(4):  # at 0, 1, 3 and 7 s
        look(sender)
        clock.advance(1)
        look(sender)
        clock.advance(3)
    over(alert)
    fires(row, "ETHUSDT")
    look(sender)
    message = Message.objects.get()
    assert message.attempts > 2
    assert message.next_at is not None
    assert "cannot be reached" in message.answer
    assert "T0PSECRET" not in message.answer + caplog.text
    assert caplog.text.count("channel_away") == 1
    assert sender.report.waiting == {"webhook": 1}
    with listening(hook, hook.port):
        clock.advance(300)
        look(sender, 3)
    told = hook.told()
    assert len(told) == len(hook.heard) == 2
    assert sorted(key for keys in told.values() for key in keys) == sorted(
        [f"{alert.pk}.firing", f"{alert.pk}.resolved", f"{alert.pk + 1}.firing"]
    )
    assert not Message.objects.filter(next_at__isnull=False).exists()


def test_a_mail_server_that_was_away_gets_every_message_once(settings: Any, clock: Clock):
    send_by_mail(settings)
    mails = saved_channel(kind="email", address="desk@example.com", secret="")
    sender = Sender(30, clock)
    [alert] = fires(saved(channels=[mails.pk]), "BTCUSDT")
    look(sender)
    assert "did not take it" in Message.objects.get().answer
    with taking_mail(settings.EMAIL_PORT) as mailbox:
        clock.advance(1)
        look(sender)
        over(alert)
        clock.advance(6)
        look(sender, 2)
    messages = [message for _, message in mailbox.mails]
    assert [each["Subject"] for each in messages] == [
        "[warning] Wide spread fires: BTCUSDT",
        "[warning] Wide spread is over: BTCUSDT",
    ]
    assert len({each["Message-ID"] for each in messages}) == 2
    assert not Message.objects.filter(delivered_at=None).exists()


def test_a_process_that_dies_between_sending_and_marking_makes_the_next_send_the_same_again(
    hook: Hook, row: AlertRule, clock: Clock
):
    fires(row, "BTCUSDT", "ETHUSDT")

    class Dies(Sender):
        def _mark(self, *_: Any) -> bool:
            raise asyncio.CancelledError

    with listening(hook, hook.port):
        with pytest.raises(asyncio.CancelledError):
            look_and_die(Dies(30, clock))
        fires(row, "SOLUSDT")
        clock.advance(1)
        look(Sender(30, clock))
        clock.advance(5)
        look(Sender(30, clock))
    first, again, later = hook.messages()
    assert first == again
    assert [each["symbol"] for each in later["alerts"]] == ["SOLUSDT"]


def look_and_die(sender: Sender) -> None:
    async def looked() -> None:
        await sender.look()
        await asyncio.gather(*sender._busy.values())

    async_to_sync(looked)()


def test_a_slow_receiver_holds_up_no_other(clock: Clock, settings: Any):
    settings.ALERTS_PRIVATE_ADDRESSES = True
    ids = [saved_channel(name=name, address=f"http://127.0.0.1:1/{name}").pk for name in ("slow", "quick")]
    fires(saved(channels=ids), "BTCUSDT")
    taken: list[str] = []

    async def both() -> None:
        released = asyncio.Event()

        async def send(target: Any, *_: Any) -> Outcome:
            if "slow" in target.address:
                await released.wait()
            taken.append(target.address)
            return Outcome(True, "")

        sender = Sender(30, clock, send)
        await sender.look()
        while not taken:
            await sender.news.wait()
        assert taken == ["http://127.0.0.1:1/quick"]
        await sender.look()  # it has one under way, and gets no other
        released.set()
        await sender.settle()

    async_to_sync(both)()
    assert len(taken) == 2


def test_no_minute_has_more_messages_than_are_promised(hook: Hook, row: AlertRule, clock: Clock):
    sender = Sender(3, clock)
    with listening(hook, hook.port):
        for number in range(13):
            fires(row, f"COIN{number}USDT")
            look(sender, 2)
            if number == 11:
                assert len(hook.heard) == 3
            clock.advance(5.001)
    assert len(hook.heard) == 4
    assert [len(each["alerts"]) for each in hook.messages()] == [1, 1, 1, 10]


class Counter:
    """A receiver that takes everything: when each message came, and what was told."""

    def __init__(self) -> None:
        self.came: list[float] = []
        self.keys: list[str] = []

    async def __call__(self, target: Any, letter: Letter, at: float) -> Outcome:
        self.came.append(at)
        self.keys += [each["key"] for each in json.loads(letter.body)["alerts"]]
        return Outcome(True, "")

    def most_in_a_minute(self) -> int:
        return max(sum(at - MINUTE < each <= at for each in self.came) for at in self.came)


def test_a_market_that_flaps_makes_no_more_than_a_message_in_five_seconds(row: AlertRule, clock: Clock):
    counter, began = Counter(), clock()
    sender = Sender(30, clock, counter)
    alerts: list[Alert] = []
    for _ in range(12):
        [alert] = fires(row, "BTCUSDT")
        look(sender)
        clock.advance(0.5)
        over(alert)
        look(sender)
        clock.advance(0.5)
        alerts.append(alert)
    clock.advance(5)
    look(sender)
    assert [round(at - began) for at in counter.came] == [0, 5, 10, 17]
    keys = [f"{each.pk}.{state}" for each in alerts for state in ("firing", "resolved")]
    assert sorted(counter.keys) == sorted(keys)


def test_a_feed_that_dies_with_five_hundred_symbols_is_three_messages(row: AlertRule, clock: Clock):
    counter = Counter()
    sender = Sender(30, clock, counter)
    alerts = fires(row, *(f"COIN{number}USDT" for number in range(500)))
    look(sender, 5)
    assert (len(counter.came), len(counter.keys)) == (3, 500)
    clock.advance(10)
    over(*alerts)
    look(sender, 5)
    assert (len(counter.came), len(set(counter.keys))) == (6, 1000)


def test_rules_about_everything_stay_within_what_is_promised_and_all_of_it_is_told(hook: Hook, clock: Clock):
    counter = Counter()
    sender, channel = Sender(2, clock, counter), saved_channel(address=hook.url).pk
    rows = [saved(name=f"Rule {number}", channels=[channel]) for number in range(5)]
    alerts = [alert for row in rows for alert in fires(row, *(f"COIN{number}USDT" for number in range(90)))]
    for _ in range(2):
        look(sender, 3)
        clock.advance(0.5)
    assert len(counter.came) == 2
    over(*alerts)
    for _ in range(20):
        clock.advance(10)
        look(sender, 2)
    assert counter.most_in_a_minute() == 2
    assert len(counter.keys) == len(set(counter.keys)) == 2 * len(alerts)


def test_what_nobody_takes_for_a_day_is_given_up_and_said_to_be(
    hook: Hook, row: AlertRule, clock: Clock, caplog: Any
):
    sender = Sender(30, clock)
    fires(row, "BTCUSDT")
    look(sender)
    clock.advance(86_400)
    look(sender)
    message = Message.objects.get()
    assert (message.next_at, message.delivered_at) == (None, None)
    assert message.given_up_at
    assert "message_given_up Desk" in caplog.text
    assert sender.report.given_up == {"webhook": 1}


def test_a_channel_is_told_from_its_severity_on_and_nothing_while_it_is_disabled(hook: Hook, clock: Clock):
    severe = saved_channel(address=hook.url, least_severity="critical")
    row = saved(channels=[severe.pk])
    fires(row, "BTCUSDT")
    assert not Delivery.objects.exists()
    critical = save_rule(rule(id=row.pk, channels=[severe.pk], severity="critical"), author=SETUP).row
    Alert.objects.update(resolved_at=FIRED, resolved_because="rule changed")
    fires(critical, "ETHUSDT")
    save_channel(channel(id=severe.pk, address="", is_enabled=False, least_severity="critical"), author=SETUP)
    look(Sender(30, clock))
    assert Delivery.objects.get().dropped_because == queue.DISABLED
    fires(critical, "SOLUSDT")
    assert Delivery.objects.count() == 1
    assert not Message.objects.exists()


def test_a_channel_that_is_deleted_takes_what_waits_along(hook: Hook, row: AlertRule, clock: Clock):
    fires(row, "BTCUSDT")
    look(Sender(30, clock))
    fires(row, "ETHUSDT")
    number = row.channels[0]
    delete_rule(row.pk, author=SETUP)
    assert Delivery.objects.filter(state="resolved").count() == 2
    delete_channel(number, author=SETUP)
    clock.advance(600)
    look(Sender(30, clock))
    message = Message.objects.get()
    assert (message.channel, message.channel_name, message.answer) == (
        None,
        "Desk",
        "The channel was deleted.",
    )


def test_a_secret_that_cannot_be_read_is_said_and_tried_again(
    hook: Hook, row: AlertRule, clock: Clock, settings: Any
):
    fires(row, "BTCUSDT")
    settings.SECRET_KEY = "another"
    look(Sender(30, clock))
    assert "enter it again" in Message.objects.get().answer
    save_channel(channel(id=row.channels[0], address=hook.url, secret=SECRET), author=SETUP)
    clock.advance(1)
    with listening(hook, hook.port):
        look(Sender(30, clock))
    assert len(hook.heard) == 1


def test_what_is_silenced_waits_until_it_is_no_longer_and_what_began_and_ended_meanwhile_is_told_nobody(
    hook: Hook, row: AlertRule, clock: Clock
):
    sender = Sender(30, clock)
    [told] = fires(row, "BTCUSDT")
    with listening(hook, hook.port):
        look(sender)
        silence(Silence(severity="warning", until=timezone.now().timestamp() + 60), author=SETUP)
        clock.now = timezone.now().timestamp() + 10
        [lasting, brief] = fires(row, "ETHUSDT", "SOLUSDT")
        over(told, brief)
        look(sender, 3)
        assert len(hook.messages()) == 1
        clock.advance(60)
        look(sender, 3)
    keys = [each["key"] for message in hook.messages() for each in message["alerts"]]
    assert sorted(keys) == sorted([f"{told.pk}.firing", f"{told.pk}.resolved", f"{lasting.pk}.firing"])
    assert {each.dropped_because for each in Delivery.objects.filter(alert=brief)} == {queue.SILENCED}


def test_what_is_silenced_is_looked_at_now_and_then_alone(
    hook: Hook, row: AlertRule, clock: Clock, django_assert_num_queries: Any
):
    silence(Silence(severity="warning", until=timezone.now().timestamp() + 60), author=SETUP)
    clock.now = timezone.now().timestamp() + 10
    fires(row, "BTCUSDT")
    queue.form(clock(), 30)
    clock.advance(queue.LOOK_AGAIN_SECONDS - 1)
    with django_assert_num_queries(1):  # and no lock
        queue.form(clock(), 30)
    assert Delivery.objects.get().look_at

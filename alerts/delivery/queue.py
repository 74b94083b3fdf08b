"""The database as the queue of messages: what waits is put into some, these are tried until they are taken.

A message is there before it is sent. A process that dies between sending and marking makes the next one send it again,
the same under the same key. Raises django.db.Error.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from django.db import transaction
from django.db.models import Count, F, Max, Q

from alerts.delivery.letters import Letter, written
from alerts.delivery.outcomes import Outcome
from alerts.delivery.targets import Target, Unreachable, target
from alerts.domain.delivering import (
    LONGEST_WAIT,
    MINUTE,
    Waiting,
    is_given_up,
    together,
    wait_after,
)
from alerts.models import Channel, Delivery, Message
from alerts.moments import moment
from alerts.reading import Quiet

AT_ONCE = 2_000
"""So much of what waits is looked at; the rest is in a moment."""
LOOK_AGAIN_SECONDS = 5.0
"""How soon after its silence what was silenced is told."""
IN_NO_MESSAGE = Q(message=None, dropped_because="")
DISABLED = "The channel is disabled."
SILENCED = "It was silenced from its beginning to its end."


@dataclass(frozen=True, slots=True)
class Work:
    """A message to be sent now; `target` is a sentence where it leads nowhere."""

    message: Message
    target: Target | str
    letter: Letter


def form(now: float, limit: int) -> None:
    """Put what waits into messages, as far as it is their time; `limit` of a channel's are tried within a minute.

    What is silenced waits until it is no longer. What began and ended meanwhile is told nobody.
    """
    ready = IN_NO_MESSAGE & (Q(look_at=None) | Q(look_at__lte=moment(now)))
    if not Delivery.objects.filter(ready).exists():
        return  # without a lock on the database, every second
    with transaction.atomic():
        waiting = Delivery.objects.select_for_update(of=("self",)).filter(ready)
        new_first = F("look_at").asc(nulls_first=True)
        found = [*waiting.select_related("channel", "alert").order_by(new_first, "pk")[:AT_ONCE]]
        for channel, told in _to_be_told(found, now).items():
            _form(channel, sorted(told, key=attrgetter("pk")), now, limit)


def _to_be_told(waiting: Sequence[Delivery], now: float) -> dict[Channel, list[Delivery]]:
    """By channel those of which a message may be made now. What is silenced is looked at again in a while; others are
    dropped."""
    quiet = Quiet.of(moment(now))
    over = [each.alert_id for each in waiting if each.alert.resolved_at]
    unsaid = {
        *Delivery.objects.filter(IN_NO_MESSAGE, state="firing", alert__in=over).values_list(
            "channel", "alert"
        )
    }
    told: dict[Channel, list[Delivery]] = {}
    others: list[Delivery] = []
    for each in waiting:
        if not (each.channel and each.channel.is_enabled):
            each.dropped_because = DISABLED
        elif not quiet.until_of(each.alert):
            told.setdefault(each.channel, []).append(each)
            continue
        elif (each.channel_id, each.alert_id) in unsaid:
            each.dropped_because = SILENCED
        else:
            each.look_at = moment(now + LOOK_AGAIN_SECONDS)
        others.append(each)
    Delivery.objects.bulk_update(others, ["dropped_because", "look_at"], batch_size=500)
    return told


def _form(channel: Channel, waiting: Sequence[Delivery], now: float, limit: int) -> None:
    own = Message.objects.filter(channel=channel, is_test=False)
    told_at = dict(
        Delivery.objects.filter(channel=channel, message__made_at__gt=moment(now - LONGEST_WAIT))
        .order_by()
        .values_list("alert__rule_number")
        .annotate(at=Max("message__made_at"))
    )
    groups = together(
        [Waiting(each.pk, each.alert.rule_number) for each in waiting],
        {rule: at.timestamp() for rule, at in told_at.items()},
        now,
        limit - own.filter(_within_a_minute(now) | Q(made_at__gt=moment(now - MINUTE))).count(),
        is_failing=own.filter(next_at__isnull=False, attempts__gt=0).exists(),
    )
    at = moment(now)
    for ids in groups:
        message = Message.objects.create(
            channel=channel, channel_name=channel.name, kind=channel.kind, made_at=at, next_at=at
        )
        Delivery.objects.filter(pk__in=ids).update(message=message)


def due(now: float, limit: int, busy: Collection[int]) -> list[Work]:
    """The next message of every channel that is to be tried now, but for those that are `busy`."""
    found: dict[Channel, Message] = {}
    waiting = Message.objects.filter(next_at__lte=moment(now)).select_related("channel")
    for message in waiting.order_by("next_at", "pk"):
        if message.channel is None or not message.channel.is_enabled:
            _end(message, moment(now), DISABLED)
        elif message.channel_id not in busy:
            found.setdefault(message.channel, message)
    tried = dict(
        Message.objects.filter(_within_a_minute(now), channel__in=found, is_test=False)
        .order_by()
        .values_list("channel_id")
        .annotate(Count("pk"))
    )
    return [_work(channel, each) for channel, each in found.items() if tried.get(channel.pk, 0) < limit]


def mark(message: Message, outcome: Outcome, now: float) -> bool:
    """Keep what became of an attempt; has it been tried for long enough? What a channel refused before is tried at once
    when it takes something again."""
    at, attempts = moment(now), message.attempts + 1
    waits = Message.objects.filter(pk=message.pk, next_at__isnull=False)
    is_over = not outcome.is_delivered and is_given_up(message.made_at.timestamp(), now)
    waits.update(
        attempts=attempts,
        tried_at=at,
        answer=outcome.answer,
        delivered_at=at if outcome.is_delivered else None,
        given_up_at=at if is_over else None,
        next_at=None
        if outcome.is_delivered or is_over
        else moment(now + wait_after(attempts, outcome.pause)),
    )
    if outcome.is_delivered:
        Message.objects.filter(channel=message.channel, next_at__gt=at).update(next_at=at)
    return is_over


def waiting() -> dict[str, int]:
    """How many messages wait for a receiver, by kind."""
    rows = Message.objects.filter(next_at__isnull=False).order_by().values_list("kind")
    return dict(rows.annotate(Count("pk")))


def _within_a_minute(now: float) -> Q:
    return Q(tried_at__gt=moment(now - MINUTE))


def _end(message: Message, at: datetime, why: str) -> None:
    Message.objects.filter(pk=message.pk).update(next_at=None, given_up_at=at, answer=why)


def _work(channel: Channel, message: Message) -> Work:
    deliveries = message.deliveries.select_related("alert__rule").order_by("pk")
    try:
        leads: Target | str = target(channel)
    except Unreachable as why:
        leads = str(why)
    return Work(message, leads, written(message, list(deliveries)))

"""*Send a test*: one attempt at once, on record as any other."""

from asgiref.sync import async_to_sync
from django.utils import timezone

from alerts.delivery.letters import written
from alerts.delivery.outcomes import Outcome
from alerts.delivery.sending import send
from alerts.delivery.targets import Unreachable, target
from alerts.models import Channel, Message


def try_channel(row: Channel) -> Message:
    """Tell the channel that this is a test; what became of it. Raises django.db.Error."""
    now = timezone.now()
    message = Message(
        channel=row, channel_name=row.name, kind=row.kind, is_test=True, made_at=now, tried_at=now, attempts=1
    )
    try:
        outcome = async_to_sync(send)(target(row), written(message, []), now.timestamp())
    except Unreachable as why:
        outcome = Outcome(False, str(why))
    message.answer = outcome.answer
    if outcome.is_delivered:
        message.delivered_at = timezone.now()
    else:
        message.given_up_at = timezone.now()
    message.save()
    return message

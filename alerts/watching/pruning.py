"""What was over long ago is deleted, a part at a time, so that no statement holds up judging."""

from datetime import timedelta

from alerts.models import Alert, Message, Silence
from alerts.moments import moment

PRUNED_AT_ONCE = 500


def prune(now: float, days: float) -> int:
    """Delete some alerts that were resolved so many days before `now`, the oldest first, with what was told of them,
    and messages and silences that are over as long; how many? What fires stays, however old. Raises django.db.Error.
    """
    horizon = moment(now) - timedelta(days=days)
    old = Alert.objects.filter(resolved_at__lt=horizon).order_by("resolved_at")
    chosen = [*old.values_list("pk", flat=True)[:PRUNED_AT_ONCE]]
    if chosen:
        Alert.objects.filter(pk__in=chosen).delete()
    silences, _ = Silence.objects.filter(until__lt=horizon).delete()
    untied = Message.objects.filter(next_at=None, made_at__lt=horizon, deliveries=None).order_by("made_at")
    messages = [*untied.values_list("pk", flat=True)[:PRUNED_AT_ONCE]]
    if messages:
        Message.objects.filter(pk__in=messages).delete()
    return len(chosen) + silences + len(messages)

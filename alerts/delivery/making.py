"""What is to be told of alerts, made in the transaction that writes them. Raises django.db.Error."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from django.utils import timezone

from alerts.domain.channels import is_from
from alerts.models import Alert, AlertRule, Channel, Delivery


def tell_firing(alerts: Sequence[Alert], rules: Mapping[int, AlertRule]) -> None:
    """That these fire, on the channels of their rules; nothing on those that are disabled, or want worse."""
    named = {number for row in rules.values() for number in row.channels}
    if not (named and alerts):
        return
    channels = {row.pk: row for row in Channel.objects.filter(pk__in=named, is_enabled=True)}
    _tell(
        (alert.pk, number)
        for alert in alerts
        for number in rules[alert.rule_number].channels
        if number in channels and is_from(channels[number].least_severity, alert.severity)
    )


def tell_resolved(alerts: Collection[int]) -> None:
    """That these are over, wherever it is told that they fire."""
    told = Delivery.objects.filter(
        alert_id__in=alerts, state="firing", channel__isnull=False, dropped_because=""
    )
    _tell(told.order_by("pk").values_list("alert_id", "channel_id"), "resolved")


def _tell(places: Iterable[tuple[int, int | None]], state: str = "firing") -> None:
    """What is written already is not written again."""
    now = timezone.now()
    rows = [
        Delivery(alert_id=alert, channel_id=channel, state=state, made_at=now) for alert, channel in places
    ]
    Delivery.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)

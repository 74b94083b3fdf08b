"""The page of alerts: what fires, what did lately, who looks after it, and of what nobody is told."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Case, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from alerts import reading, services
from alerts.domain import words
from alerts.domain.rules import SEVERITIES
from alerts.domain.scene import market_at
from alerts.exceptions import AlertResolved
from alerts.models import NOTE_LENGTH, Alert
from configuration.exceptions import ValidationFailed
from configuration.permissions import ACKNOWLEDGE, HALT, SILENCE
from desk.alert_rules import page_of_alerts
from desk.pages import demand, render
from desk.writing import REASON_LENGTH, author_of

FIRING_SHOWN, RESOLVED_SHOWN = 200, 30
KINDS = {"info": "info", "warning": "warn", "critical": "bad"}
"""The colours of severities, as notices and chips have them."""


@dataclass(frozen=True, slots=True)
class AlertShown:
    """An alert as the page shows it; `market` is the query that asks for the market at its page, empty where it is
    about none. `silenced_until` is empty where people are told of it."""

    alert: Alert
    kind: str
    value: str
    worst: str
    limit: str
    market: str
    silenced_until: datetime | None = None


def shown(alert: Alert, silenced_until: datetime | None = None) -> AlertShown:
    return AlertShown(
        alert,
        KINDS.get(alert.severity, "info"),
        words.value(alert.watch, alert.value_at_firing),
        words.value(alert.watch, alert.worst_value),
        words.limit(alert.watch, alert.comparison, alert.threshold),
        _query(alert) if alert.symbol else "",
        silenced_until,
    )


def _query(alert: Alert) -> str:
    market = market_at(alert.symbol, alert.market)
    return urlencode({"venue": market.venue, "form": market.form})


@page_of_alerts
def alerts(request: HttpRequest) -> HttpResponse:
    """What fires, the most severe first, then what is over. With `live`, that alone."""
    severities = [When(severity=each, then=Value(rank)) for rank, each in enumerate(SEVERITIES)]
    firing = (
        reading.alerts("firing").select_related("rule").annotate(rank=Case(*severities, default=Value(0)))
    )
    fires, now = firing.count(), timezone.now()
    quiet = reading.Quiet.of(now)
    return render(
        request,
        "desk/alerts/live.html" if "live" in request.GET else "desk/alerts/alerts.html",
        "Alerts",
        firing=[
            shown(each, quiet.until_of(each))
            for each in firing.order_by("-rank", "-fired_at", "-pk")[:FIRING_SHOWN]
        ],
        fires=fires,
        unattended=reading.unattended(now),
        silences=reading.silence_rows("in_force", now),
        resolved=[
            shown(each)
            for each in reading.alerts("resolved").order_by("-resolved_at", "-pk")[:RESOLVED_SHOWN]
        ],
        more=max(0, fires - FIRING_SHOWN),
        rules=reading.enabled_rules(),
        watching=reading.watching(now),
        may_acknowledge=request.user.has_perm(ACKNOWLEDGE),
        may_silence=request.user.has_perm(SILENCE),
        may_halt=request.user.has_perm(HALT),
        note_length=NOTE_LENGTH,
        reason_length=REASON_LENGTH,
    )


@require_POST
@page_of_alerts
def acknowledge(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Say that somebody looks after it, and go back to the page."""
    demand(request.user, ACKNOWLEDGE)
    note = request.POST.get("note", "")
    try:
        alert = services.acknowledge(alert_id, note, author=author_of(request, ""))
    except (AlertResolved, ValidationFailed) as refusal:
        messages.warning(request, refusal.in_full)
    else:
        messages.success(
            request, f"{alert.rule_name}, {alert.name}: acknowledged by {alert.acknowledged_by}."
        )
    return redirect("alerts:alerts")

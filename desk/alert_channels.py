"""Channels: where alerts are told; the form of one, a test, and its deletion."""

from typing import Any

from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from alerts import reading, services
from alerts.delivery.trying import try_channel
from alerts.exceptions import ChannelChanged
from alerts.models import Channel, Message
from configuration.exceptions import ValidationFailed
from configuration.permissions import CHANGE_CHANNELS
from desk.alert_rules import page_of_alerts
from desk.channel_form import ChannelForm
from desk.pages import demand, render
from desk.writing import author_of, reason_field, reason_in

SHOWN = 20


@page_of_alerts
def channels(request: HttpRequest) -> HttpResponse:
    """Every channel, with what became of the last message to it."""
    of_channel = Message.objects.filter(channel=OuterRef("pk"))
    found = Channel.objects.annotate(last=Subquery(of_channel.values("pk")[:1]))
    last = Message.objects.in_bulk([row.last for row in found if row.last])
    rows = [(row, last.get(row.last)) for row in found]
    return render(
        request,
        "desk/alerts/channels.html",
        "Channels of alerts",
        rows=rows,
        enabled=sum(row.is_enabled for row, _ in rows),
        may_write=request.user.has_perm(CHANGE_CHANNELS),
    )


@page_of_alerts
def channel(request: HttpRequest, channel_id: int = 0) -> HttpResponse:
    """The form of a channel, or of a new one (0); what is entered is saved."""
    demand(request.user, CHANGE_CHANNELS)
    row = reading.channel(channel_id) if channel_id else None
    if request.method != "POST":
        return show_form(request, row, ChannelForm.of(row))
    return save(request, row, ChannelForm(request.POST))


def save(request: HttpRequest, row: Channel | None, form: ChannelForm) -> HttpResponse:
    """Write what was entered, or show at the fields why not."""
    reason, entered = reason_in(request), form.channel(row.pk if row else 0)
    if entered is None or not reason:
        return show_form(request, row, form, reason_missing=not reason, is_refused=True)
    opened = [request.POST.get("_opened", "")] if row else None
    try:
        saved = services.save_channel(entered, author=author_of(request, reason), expected=opened)
    except ValidationFailed as refusal:
        form.take(refusal.problems)
        return show_form(request, row, form, is_refused=True)
    except ChannelChanged as refusal:
        newest = reading.channel(entered.id)
        return show_form(request, newest, form, refusal=refusal, is_refused=True)
    done = "is so already" if saved.action == "unchanged" else f"is saved as version {saved.row.version}"
    messages.success(request, f"{saved.row.name} {done}.")
    return redirect("alerts:channel", saved.row.pk)


def show_form(
    request: HttpRequest,
    row: Channel | None,
    form: ChannelForm,
    *,
    reason_missing: bool = False,
    is_refused: bool = False,
    refusal: ChannelChanged | None = None,
) -> HttpResponse:
    """The form, and above it what stands against it. `refusal`: somebody saved the channel meanwhile."""
    context: dict[str, Any] = {
        "row": row,
        "form": form,
        "is_refused": is_refused,
        "refusal": refusal,
        "sent": Message.objects.filter(channel=row)[:SHOWN] if row else [],
        "changes": Channel.history.of_channel(row.pk)[:SHOWN] if row else [],
        **reason_field(reason_in(request), missing=reason_missing),
    }
    title = f"Channel · {row.name}" if row else "New channel"
    status = 400 if is_refused else 200
    return render(request, "desk/alerts/channel.html", title, status=status, **context)


@require_POST
@page_of_alerts
def try_out(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Send a test, and say what became of it."""
    demand(request.user, CHANGE_CHANNELS)
    row = reading.channel(channel_id)
    message = try_channel(row)
    if message.delivered_at:
        messages.success(request, f"{row.name} took the test: {message.answer}")
    else:
        messages.error(request, f"{row.name} did not take the test: {message.answer}")
    return redirect("alerts:channel", row.pk)


@page_of_alerts
def remove(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Say what deleting the channel does; do it once a reason is given."""
    demand(request.user, CHANGE_CHANNELS)
    row, reason = reading.channel(channel_id), reason_in(request)
    is_asked, naming = request.method == "POST", services.rules_of(channel_id)
    if is_asked and reason and not naming:
        opened = [request.POST.get("_opened", "")]
        services.delete_channel(row.pk, author=author_of(request, reason), expected=opened)
        messages.success(request, f"{row.name} is deleted.")
        return redirect("alerts:channels")
    return render(
        request,
        "desk/alerts/channel_removal.html",
        f"Delete {row.name}",
        status=400 if is_asked else 200,
        row=row,
        naming=naming,
        **reason_field(reason, missing=is_asked and not reason),
    )

"""Silencing alerts: the form of a silence, and ending one."""

from datetime import datetime, timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from alerts import services
from alerts.domain.rules import LONGEST_PATTERN, SEVERITIES
from alerts.domain.silences import Silence
from alerts.exceptions import SilenceOver
from alerts.models import AlertRule
from configuration.domain.problems import Problem
from configuration.exceptions import ValidationFailed
from configuration.permissions import SILENCE
from desk.alert_rules import page_of_alerts
from desk.pages import demand, render
from desk.writing import author_of, reason_field, reason_in

SPANS = [("3600", "1 hour"), ("14400", "4 hours"), ("86400", "1 day")]
LOCAL = "%Y-%m-%dT%H:%M"
"""As a browser writes a time of day; it is in UTC, like all of the desk."""


def any_or_one() -> list[tuple[str, str]]:
    """The rules there are."""
    rules = AlertRule.objects.values_list("pk", "name")
    return [("", "any"), *((str(number), name) for number, name in rules)]


class SilenceForm(forms.Form):
    """What is silent, and for how long; a time until which it is counts in place of that. `take` puts what the service
    has against it at the fields."""

    rule = forms.TypedChoiceField(required=False, coerce=int, empty_value=None, choices=any_or_one)
    symbol = forms.CharField(required=False, max_length=LONGEST_PATTERN)
    severity = forms.ChoiceField(
        required=False, choices=[("", "any"), *((each, each.capitalize()) for each in SEVERITIES)]
    )
    lasts = forms.ChoiceField(label="For", choices=SPANS, initial=SPANS[0][0])
    until = forms.DateTimeField(
        required=False,
        label="Or until",
        input_formats=[LOCAL],
        widget=forms.DateTimeInput(format=LOCAL, attrs={"type": "datetime-local"}),
        error_messages={"invalid": "must be a day and a time, in UTC"},
    )

    def silence(self, now: datetime) -> Silence | None:
        """What is entered; None while something cannot be read."""
        if self.errors:
            return None
        entered = self.cleaned_data
        until = entered["until"] or now + timedelta(seconds=int(entered["lasts"]))
        return Silence(
            rule=entered["rule"],
            symbol=entered["symbol"],
            severity=entered["severity"],
            until=until.timestamp(),
        )

    def take(self, refused: tuple[Problem, ...]) -> None:
        """Put what the service refused at the fields; a reason has a place of its own."""
        for problem in refused:
            if problem.field in self.fields:
                self.add_error(problem.field, problem.reason)


@page_of_alerts
def new(request: HttpRequest) -> HttpResponse:
    """The form of a silence, filled in with what the address names; or have nobody told from now on."""
    demand(request.user, SILENCE)
    if request.method != "POST":
        return show_form(request, SilenceForm(initial=request.GET.dict()))
    form, reason = SilenceForm(request.POST), reason_in(request)
    asked = form.silence(timezone.now())
    if asked is None or not reason:
        return show_form(request, form, reason_missing=not reason, status=400)
    try:
        made = services.silence(asked, author=author_of(request, reason))
    except ValidationFailed as refusal:
        form.take(refusal.problems)
        return show_form(request, form, status=400)
    messages.success(request, f"Silenced until {made.until:%-d %B, %H:%M} UTC: {made}.")
    return redirect("alerts:alerts")


def show_form(
    request: HttpRequest, form: SilenceForm, *, reason_missing: bool = False, status: int = 200
) -> HttpResponse:
    return render(
        request,
        "desk/alerts/silence.html",
        "Silence alerts",
        status=status,
        form=form,
        **reason_field(reason_in(request), missing=reason_missing),
    )


@require_POST
@page_of_alerts
def end(request: HttpRequest, silence_id: int) -> HttpResponse:
    """Have people told again, and go back to the page."""
    demand(request.user, SILENCE)
    reason = reason_in(request)
    try:
        ended = services.end_silence(silence_id, author=author_of(request, reason))
    except (SilenceOver, ValidationFailed) as refusal:
        messages.warning(request, refusal.in_full)
    else:
        messages.success(request, f"No longer silenced: {ended}.")
    return redirect("alerts:alerts")

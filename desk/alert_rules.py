"""Alert rules: all of them, the form of one, and its deletion."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from alerts import reading, services, trying
from alerts.domain import words
from alerts.exceptions import RuleChanged
from alerts.models import AlertRule
from configuration.exceptions import ValidationFailed
from configuration.permissions import CHANGE_RULES, VIEW_ALERTS
from desk.pages import demand, page, render
from desk.rule_form import RuleForm
from desk.writing import author_of, reason_field, reason_in

page_of_alerts = partial(page, needs=VIEW_ALERTS)
CHANGED_SHOWN = 20


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """A version of a rule, for people."""

    actor: str
    changed_by: str
    deed: str
    at: datetime
    sentence: str
    reason: str
    version: int


def entries(rule_id: int) -> list[RuleEntry]:
    """The last versions of a rule, the newest first."""
    return [
        RuleEntry(
            change.actor,
            change.changed_by,
            change.action.label.lower(),
            change.history_date,
            words.sentence(change.instance.rule()) + ("" if change.is_enabled else " Disabled."),
            change.history_change_reason or "",
            change.version,
        )
        for change in AlertRule.history.of_rule(rule_id)[:CHANGED_SHOWN]
    ]


@page_of_alerts
def rules(request: HttpRequest) -> HttpResponse:
    """Every rule in a sentence, with how many alerts fire by it."""
    rows = AlertRule.objects.annotate(firing=Count("alerts", filter=Q(alerts__resolved_at=None)))
    return render(
        request,
        "desk/alerts/rules.html",
        "Alert rules",
        rows=[(row, words.sentence(row.rule())) for row in rows],
        enabled=sum(row.is_enabled for row in rows),
        may_write=request.user.has_perm(CHANGE_RULES),
    )


@page_of_alerts
def rule(request: HttpRequest, rule_id: int = 0) -> HttpResponse:
    """The form of a rule, or of a new one (0); what is entered is shown in a sentence, or saved."""
    row = reading.rule(rule_id) if rule_id else None
    if request.method != "POST":
        return show_form(request, row, RuleForm.of(row.rule()) if row else RuleForm.fresh())
    demand(request.user, CHANGE_RULES)
    form = RuleForm(request.POST)
    if request.POST.get("_step") == "save":
        return save(request, row, form)
    form.check()
    rule = form.rule(name="A rule without a name") if request.POST.get("_step") == "try" else None
    form.spare_what_is_empty()
    return show_form(request, row, form, tried=trying.tried(rule, timezone.now()) if rule else None)


def save(request: HttpRequest, row: AlertRule | None, form: RuleForm) -> HttpResponse:
    """Write what was entered, or show at the fields why not."""
    reason, opened = reason_in(request), request.POST.get("_opened", "")
    rule = form.rule(row.pk if row else 0)
    if rule is None or not reason:
        form.check()
        return show_form(request, row, form, reason_missing=not reason, is_refused=True)
    try:
        author = author_of(request, reason)
        saved = services.save_rule(rule, author=author, expected=[opened] if row else None)
    except ValidationFailed as refusal:
        form.take(refusal.problems)
        return show_form(request, row, form, is_refused=True)
    except RuleChanged as refusal:
        return show_form(request, reading.rule(rule.id), form, refusal=refusal, is_refused=True)
    done = "says that already" if saved.action == "unchanged" else f"is saved as version {saved.row.version}"
    messages.success(request, f"{saved.row.name} {done}.")
    return redirect("alerts:rules")


def show_form(
    request: HttpRequest,
    row: AlertRule | None,
    form: RuleForm,
    *,
    reason_missing: bool = False,
    is_refused: bool = False,
    refusal: RuleChanged | None = None,
    tried: trying.Tried | None = None,
) -> HttpResponse:
    """The form, and above it what stands against it. `refusal`: somebody saved the rule meanwhile. `tried`: when it
    would have fired, where that was asked."""
    context: dict[str, Any] = {
        "row": row,
        "form": form,
        "sentence": form.sentence() if form.is_bound else row and words.sentence(row.rule()),
        "is_refused": is_refused,
        "refusal": refusal,
        "saved_now": words.sentence(row.rule()) if row and refusal else "",
        "entries": entries(row.pk) if row else [],
        "may_write": request.user.has_perm(CHANGE_RULES),
        "is_trying": request.POST.get("_step") == "try",
        **would_have(tried),
        **reason_field(reason_in(request), missing=reason_missing),
    }
    if request.headers.get("HX-Request"):
        part = "tried" if context["is_trying"] else "preview"
        return TemplateResponse(request, f"desk/alerts/{part}.html", context)
    title = f"Alert rule · {row.name}" if row else "New alert rule"
    return render(request, "desk/alerts/rule.html", title, status=400 if is_refused else 200, **context)


def would_have(tried: trying.Tried | None) -> dict[str, Any]:
    """What the form shows of when a rule would have fired (`alerts/tried.html`)."""
    if tried is None:
        return {"tried": None}
    return {
        "tried": tried,
        "fired": len(tried.stretches),
        "symbols": tried.by_symbol,
        "listed": tried.listed,
        "bars": " ".join(map(str, tried.bars)),
        "resolution": trying.RESOLUTION,
    }


@page_of_alerts
def remove(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Say what deleting the rule does; do it once a reason is given."""
    demand(request.user, CHANGE_RULES)
    row, reason = reading.rule(rule_id), reason_in(request)
    is_asked = request.method == "POST"
    if is_asked and reason:
        opened = [request.POST.get("_opened", "")]
        services.delete_rule(row.pk, author=author_of(request, reason), expected=opened)
        messages.success(request, f"{row.name} is deleted.")
        return redirect("alerts:rules")
    return render(
        request,
        "desk/alerts/removal.html",
        f"Delete {row.name}",
        status=400 if is_asked else 200,
        row=row,
        sentence=words.sentence(row.rule()),
        firing=reading.alerts("firing").filter(rule=row).count(),
        **reason_field(reason, missing=is_asked),
    )

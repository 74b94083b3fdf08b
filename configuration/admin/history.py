"""Every change ever made: filtered, paged, exported."""

import csv
from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse

from configuration.admin.changes import all_changes, entries
from configuration.admin.fields import write_value
from configuration.admin.pages import page, render
from configuration.domain.catalogue import CATALOGUE
from configuration.domain.problems import shown
from configuration.models import GLOBAL
from configuration.permissions import CHANGE
from configuration.querysets import ChangeQuerySet

PAGE_SIZE = 50
COLUMNS = (
    "changed_at",
    "actor",
    "on_behalf_of",
    "strategy",
    "symbol",
    "action",
    "version",
    "parameter",
    "before",
    "after",
    "reason",
    "source",
    "change_id",
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class HistoryFilter(forms.Form):
    """What to show; everything empty shows everything. Days are whole days in UTC."""

    strategy = forms.ChoiceField(
        required=False,
        choices=[("", "All strategies"), *((key, spec.name) for key, spec in CATALOGUE.items())],
    )
    symbol = forms.CharField(required=False, max_length=32)
    actor = forms.CharField(required=False, max_length=150)
    since = forms.DateField(required=False, label="From")
    until = forms.DateField(required=False, label="To")

    def objections(self) -> list[str]:
        """Why it is not clear what is asked for: a file, unlike a page, cannot show what was not understood."""
        unknown = [name for name in self.data if name not in self.fields]
        return [
            *(f"{shown(name)}: is none of {', '.join(self.fields)}" for name in unknown),
            *(f"{name}: {' '.join(map(str, faults))}" for name, faults in self.errors.items()),
        ]

    def chosen(self) -> ChangeQuerySet:
        """The changes asked for, newest first; all of them while a filter cannot be understood."""
        changes = all_changes()
        if not self.is_valid():
            return changes
        wanted = self.cleaned_data
        if wanted["strategy"]:
            changes = changes.filter(strategy_id=wanted["strategy"])
        if wanted["symbol"]:
            symbol = wanted["symbol"].strip().upper()
            changes = changes.filter(symbol=GLOBAL if symbol == "GLOBAL" else symbol)
        if wanted["actor"]:
            changes = changes.filter(actor=wanted["actor"])
        if wanted["since"]:
            changes = changes.filter(history_date__gte=datetime.combine(wanted["since"], time.min, UTC))
        if wanted["until"]:
            changes = changes.filter(history_date__lte=datetime.combine(wanted["until"], time.max, UTC))
        return changes


@page
def history(request: HttpRequest) -> HttpResponse:
    """The changes chosen by the filter, a page of them at a time."""
    wanted = HistoryFilter(request.GET)
    newer = all_changes().filter(
        strategy_id=OuterRef("strategy_id"), symbol=OuterRef("symbol"), version__gt=OuterRef("version")
    )
    chosen = wanted.chosen().annotate(is_superseded=Exists(newer))
    current = Paginator(chosen, PAGE_SIZE).get_page(request.GET.get("page"))
    parameters = request.GET.copy()
    parameters.pop("page", None)
    return render(
        request,
        "configuration/history.html",
        "History",
        filter=wanted,
        current=current,
        entries=entries(current.object_list),
        actors=all_changes().order_by("actor").values_list("actor", flat=True).distinct(),
        query=parameters.urlencode(),
        is_filtered=any(parameters.values()),
        may_revert=request.user.has_perm(CHANGE),
    )


@page
def export(request: HttpRequest) -> HttpResponse:
    """The chosen changes as CSV, one line per parameter that changed; 400 where it is not clear which."""
    wanted = HistoryFilter(request.GET)
    if objections := wanted.objections():
        return HttpResponse("\n".join(objections), status=400, content_type="text/plain; charset=utf-8")
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="configuration-history.csv"'
    lines = csv.writer(answer)
    lines.writerow(COLUMNS)
    for entry in entries(wanted.chosen().iterator(chunk_size=1000)):
        change = entry.change
        first = [
            change.history_date.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            *map(as_text, (change.actor, change.changed_by)),
            change.strategy_id,
            change.symbol,
            change.action,
            change.version,
        ]
        last = [as_text(change.history_change_reason or ""), change.source, change.history_id]
        for difference in entry.differences:
            lines.writerow(
                [*first, difference.name, _cell(difference.before), _cell(difference.after), *last]
            )
        if not entry.differences:
            lines.writerow([*first, "", "", "", *last])
    return answer


def _cell(value: Any) -> str:
    return "" if value is None else write_value(value)


def as_text(words: str) -> str:
    """Words a spreadsheet will not run as a formula."""
    return f"'{words}" if words.startswith(FORMULA_STARTS) else words

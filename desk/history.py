"""Everything ever decided, changes, halts and resumptions: filtered, paged, exported."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from itertools import chain
from typing import Any
from uuid import UUID

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse

from configuration import batches
from configuration.batches import Outline
from configuration.domain.catalogue import CATALOGUE
from configuration.domain.problems import InvalidValue, shown
from configuration.domain.symbols import parse_symbol
from configuration.models import GLOBAL
from desk.changes import ChangeEntry, all_changes
from desk.entries import History, HistoryEntry, whole_history
from desk.fields import write_value
from desk.pages import page, render
from desk.reverting import to_go_back, with_ways_back
from halts.models import HaltChange
from spreadsheets import csv_of
from symbols import capitals

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
    "batch",
)
KINDS = [("", "Everything"), ("change", "Changes"), ("halt", "Halts and resumptions")]


@dataclass(frozen=True, slots=True)
class Row:
    """An entry, and the ways back from it for whoever looks, also `together` with the rest of its batch."""

    entry: HistoryEntry
    may_go_back: bool
    together: Outline | None


class HistoryFilter(forms.Form):
    """What to show; everything empty shows everything. Days are whole days in UTC."""

    strategy = forms.ChoiceField(
        required=False,
        choices=[("", "All strategies"), *((key, spec.name) for key, spec in CATALOGUE.items())],
    )
    symbol = forms.CharField(required=False)
    actor = forms.CharField(required=False, max_length=150)
    since = forms.DateField(required=False, label="From")
    until = forms.DateField(required=False, label="To")
    kind = forms.ChoiceField(required=False, label="What", choices=KINDS)

    def clean_symbol(self) -> str | None:
        """The symbol as the logs have it, None for all of them."""
        text = self.cleaned_data["symbol"]
        if not text:
            return None
        if capitals(text) == "GLOBAL":
            return GLOBAL
        try:
            return parse_symbol(text)
        except InvalidValue as refusal:
            raise forms.ValidationError(refusal.problem.reason) from refusal

    def objections(self) -> list[str]:
        """Why it is not clear what is asked for: a file, unlike a page, cannot show what was not understood."""
        unknown = [name for name in self.data if name not in self.fields]
        return [
            *(f"{shown(name)}: is none of {', '.join(self.fields)}" for name in unknown),
            *(f"{name}: {' '.join(map(str, faults))}" for name, faults in self.errors.items()),
        ]

    def chosen(self) -> History:
        """What is asked for, newest first; everything while a filter cannot be understood."""
        if not self.is_valid():
            return whole_history()
        kind = self.cleaned_data["kind"]
        changes = all_changes().filter(**self._conditions("history_date"))
        halts = HaltChange.objects.filter(**self._conditions("at"))
        return History(
            changes if kind != "halt" else changes.none(), halts if kind != "change" else halts.none()
        )

    def _conditions(self, at: str) -> dict[str, Any]:
        """The filter for a log whose rows show their time as `at`."""
        wanted, found = self.cleaned_data, {}
        if wanted["strategy"]:
            found["strategy_id"] = wanted["strategy"]
        if wanted["symbol"] is not None:
            found["symbol"] = wanted["symbol"]
        if wanted["actor"]:
            found["actor"] = wanted["actor"]
        if wanted["since"]:
            found[f"{at}__gte"] = datetime.combine(wanted["since"], time.min, UTC)
        if wanted["until"]:
            found[f"{at}__lte"] = datetime.combine(wanted["until"], time.max, UTC)
        return found


@page
def history(request: HttpRequest) -> HttpResponse:
    """What the filter chooses, a page of it at a time."""
    wanted = HistoryFilter(request.GET)
    chosen = wanted.chosen()
    chosen = replace(chosen, changes=with_ways_back(chosen.changes))
    pages: Paginator[HistoryEntry] = Paginator(chosen, PAGE_SIZE)  # type: ignore[arg-type]  # it takes slices
    current = pages.get_page(request.GET.get("page"))
    parameters = request.GET.copy()
    parameters.pop("page", None)
    return render(
        request,
        "desk/history.html",
        "History",
        filter=wanted,
        current=current,
        rows=rows_for(request.user, list(current.object_list)),
        actors=sorted(_actors(all_changes()).union(_actors(HaltChange.objects.all()))),
        query=parameters.urlencode(),
        is_filtered=any(parameters.values()),
    )


def rows_for(user: Any, shown: list[HistoryEntry]) -> list[Row]:
    """The entries, each with the ways back that this person may go."""
    ids = {batch for entry in shown if isinstance(entry, ChangeEntry) and (batch := entry.change.batch)}
    known = batches.outlines(ids)
    return [
        Row(entry, may_go_back=may_go_back(user, entry), together=together_with(user, entry, known))
        for entry in shown
    ]


def may_go_back(user: Any, entry: HistoryEntry) -> bool:
    """May they revert or restore this change, whose strategy is still in the catalogue?"""
    return isinstance(entry, ChangeEntry) and entry.is_known and user.has_perm(to_go_back(entry.change))


def together_with(user: Any, entry: HistoryEntry, outlines: Mapping[UUID, Outline]) -> Outline | None:
    """The batch of the change, where they may revert all of it, and nobody has."""
    if not isinstance(entry, ChangeEntry) or entry.change.batch is None:
        return None
    change: Any = entry.change  # as `with_ways_back` has it
    outline = outlines[change.batch]
    if change.taken_back_in or not outline.is_known:
        return None
    return outline if user.has_perms(outline.permissions) else None


@page
def export(request: HttpRequest) -> HttpResponse:
    """What was chosen as CSV, of a change one line per parameter; 400 where it is not clear what was."""
    wanted = HistoryFilter(request.GET)
    if objections := wanted.objections():
        return HttpResponse("\n".join(objections), status=400, content_type="text/plain; charset=utf-8")
    rows = chain([COLUMNS], chain.from_iterable(map(_lines, wanted.chosen())))
    answer = HttpResponse(csv_of(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="configuration-history.csv"'
    return answer


def _actors(log: Any) -> Any:
    return log.order_by().values_list("actor", flat=True)


def _lines(entry: HistoryEntry) -> Iterator[list[Any]]:
    """One line per parameter that changed, or a single one where none did, as with a halt."""
    change = entry.change
    first = [
        entry.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        change.actor,
        change.changed_by,
        change.strategy_id,
        change.symbol,
        entry.action,
        entry.version,
    ]
    last = [entry.reason, change.source, entry.change_id, entry.batch]
    for difference in entry.differences:
        yield [*first, difference.name, _cell(difference.before), _cell(difference.after), *last]
    if not entry.differences:
        yield [*first, "", "", "", *last]


def _cell(value: Any) -> str:
    return "" if value is None else write_value(value)

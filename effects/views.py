"""The page of a change: what was changed, and what it did as far as is known by now."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from configuration.audit import change_of
from configuration.domain.catalogue import CATALOGUE
from configuration.permissions import VIEW_ALERTS
from desk.changes import all_changes, entries
from desk.history import rows_for
from desk.pages import page, render
from desk.reverting import with_ways_back
from effects import words
from effects.domain.spans import LONGEST
from effects.effect import effect_of
from effects.inherited import with_inherited


@page
def change(request: HttpRequest, change_id: int) -> HttpResponse:
    """One change with its effect. With `live`, that alone."""
    found = change_of(str(change_id))
    effect = effect_of(found, timezone.now(), may_see_alerts=request.user.has_perm(VIEW_ALERTS))
    shown: dict[str, Any] = {
        "effect": effect,
        "panels": words.panels(effect),
        "counted": words.counted(effect),
        "is_on_charts": effect.symbol is not None and effect.read_at - effect.at < LONGEST,
        "is_open": any([effect.nearby.fills_until, *(each.fills_until for each in effect.comparisons)]),
    }
    if "live" in request.GET:
        return render(request, "effects/live.html", "What it did", **shown)
    changes = with_ways_back(all_changes().filter(history_id=found.history_id))
    [made] = entries(changes)
    [row] = rows_for(request.user, [made])
    entry = with_inherited(made)
    return render(
        request,
        "effects/change.html",
        f"What version {found.version} did: {entry.strategy_name} · {entry.level_name}",
        row=row,
        entry=entry,
        asked=words.asked(effect),
        spec=CATALOGUE.get(found.strategy_id),
        here=f"Version {found.version}, {entry.level_name}",
        **shown,
    )

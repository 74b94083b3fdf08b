"""The form of one level: all symbols, or one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import get_text_list

from configuration import reading, services
from configuration.addressing import address
from configuration.domain.problems import Problem
from configuration.domain.states import names_no_row, version_in
from configuration.exceptions import ValidationFailed
from configuration.known_symbols import unknown_among
from configuration.ledger import Hold, exclusive
from configuration.models import GLOBAL, Source
from configuration.permissions import DELETE, HALT, RESUME, to_set
from configuration.services import Written
from desk.changes import ChangeEntry, changes_since
from desk.differences import outlook
from desk.drafts import Draft
from desk.fields import fields_of, with_advice
from desk.halting import halt_status_now
from desk.pages import demand, level_name, level_url, measured_url, page, removal_url, render, what_if_url
from desk.suggestions import is_untracked
from desk.writing import author_of, meant, misspelt_as, reason_field, tag_in, unanswered
from what_if.records import last_asked

NOTHING_CHANGED = "Nothing is different from what is saved."
TRIES = "try"
"""Asks for fields to enter values in that can be tried, by those who may not save them."""
INHERITS_OTHERWISE = (
    "What is inherited here has changed since you opened this page. Look at it, then save again."
)


@page
def level(request: HttpRequest, strategy_id: str, symbol: str | None = None) -> HttpResponse:
    """Show the form; preview or save what was entered."""
    strategy_id, symbol = address(strategy_id, symbol)
    step = request.POST.get("_step") if request.method == "POST" else "open"
    if symbol and (misspelt := misspelt_as(request.POST, symbol)):
        return arrive(request, strategy_id, symbol, misspelt)
    if symbol and (other := meant(request.POST, symbol)) != symbol:
        there = level_url(*address(strategy_id, other))
        return HttpResponseRedirect(there, preserve_request=True)  # what was entered goes along
    if step == "save":
        return save(request, strategy_id, symbol)
    levels = reading.strategy(strategy_id)
    if step == "open":
        return show_form(request, Draft.fresh(levels, symbol))
    draft = Draft.posted(request, levels, symbol)
    demand(request.user, to_set(draft.own))
    if step == "edit":
        return show_form(request, draft)
    if draft.is_outdated:
        return show_conflict(request, draft)
    return show_form(request, draft, previewed=True, objection=objection_to(draft))


def arrive(request: HttpRequest, strategy_id: str, symbol: str, misspelt: str) -> HttpResponse:
    """The form of the symbol that is meant, with what was entered for another on top of what it holds."""
    draft = Draft.posted(request, reading.strategy(strategy_id), symbol).rebased()
    demand(request.user, to_set(draft.own))
    return show_form(request, draft, misspelt=misspelt)


def objection_to(draft: Draft) -> str:
    """What a person should know before saving, beside problems with the values."""
    return INHERITS_OTHERWISE if draft.inherits_otherwise else ""


def show_form(
    request: HttpRequest,
    draft: Draft,
    *,
    previewed: bool = False,
    problems: tuple[Problem, ...] = (),
    objection: str = "",
    reason_missing: bool = False,
    is_strange: bool = False,
    misspelt: str = "",
) -> HttpResponse:
    """The form, with a preview of the draft or the problems that stand against it; `is_strange`: and it is not saved
    before it is confirmed which symbol is meant."""
    preview = draft.preview()
    problems = problems or (preview.problems if previewed else ())
    levels, symbol = draft.levels, draft.symbol
    fields = fields_of(levels, symbol, draft.texts, problems)
    may_write = request.user.has_perm(to_set(draft.own))
    context: dict[str, Any] = {
        "spec": levels.spec,
        "symbol": symbol,
        "level_name": level_name(symbol),
        "draft": draft.reopened() if objection else draft,
        "fields": fields,
        "problems": with_advice(problems, draft.texts),
        "previewed": previewed,
        "edited": bool(draft.edits),
        "outlook": outlook(levels.spec, preview),
        "asked": last_asked(levels.spec.strategy_id, symbol or GLOBAL, draft.after, timezone.now())
        if draft.edits
        else None,
        "own": draft.own,
        "objection": objection,
        "misspelt": misspelt,
        **reason_field(draft.reason, missing=reason_missing),
        "level_url": level_url(levels.spec.strategy_id, symbol),
        "measured_url": measured_url(levels.spec.strategy_id, symbol),
        "what_if_url": what_if_url(levels.spec.strategy_id, symbol),
        "may_write": may_write,
        "tries": TRIES in request.GET and not may_write,
        "may_remove": request.user.has_perm(DELETE),
        "removal_url": removal_url(levels.spec.strategy_id, symbol),
        "halt_status": halt_status_now(levels.spec.strategy_id, symbol),
        "is_untracked": is_untracked(symbol),
        "may_halt": request.user.has_perm(HALT),
        "may_resume": request.user.has_perm(RESUME),
    }
    if request.headers.get("HX-Request"):
        return TemplateResponse(request, "desk/level/preview_answer.html", context)
    status = 400 if problems or objection or reason_missing or is_strange else 200
    title = f"{levels.spec.name} · {level_name(symbol)}"
    strange = unknown_among([symbol]) if symbol and not draft.own else {}
    context["unknown"] = unanswered(request.POST, strange)
    return render(request, "desk/level/form.html", title, status=status, **context)


def save(request: HttpRequest, strategy_id: str, symbol: str | None) -> HttpResponse:
    """Write what was entered, or show at the fields why not."""
    written: Written | ValidationFailed | None = None
    is_strange = is_unconfirmed(request, symbol)  # nobody is held off while the store is asked
    with exclusive() as hold:  # the level is read once, with all other writers held off
        draft = Draft.posted(request, hold.levels(strategy_id), symbol)
        demand(request.user, to_set(draft.own))
        objection = objection_to(draft)
        if draft.edits and draft.reason and not (draft.is_outdated or objection or is_strange):
            written = write(request, hold, draft)
    if isinstance(written, Written):
        messages.success(request, saved_words(written, draft))
        return redirect("tuning:strategy", strategy_id)
    if written is not None:
        return show_form(request, draft, previewed=True, problems=written.problems)
    if draft.is_outdated:
        return show_conflict(request, draft)
    if not draft.edits:
        return show_form(request, draft, previewed=True, objection=NOTHING_CHANGED)
    return show_form(
        request,
        draft,
        previewed=True,
        objection=objection,
        reason_missing=not draft.reason,
        is_strange=is_strange,
    )


def saved_words(written: Written, draft: Draft) -> str:
    """That it is saved, and the way to what it does from now on."""
    name = f"{draft.levels.spec.name} for {level_name(draft.symbol)}"
    if written.change is None:
        return f"{name} holds that already."
    what_it_did = reverse("effects:change", args=[written.change.history_id])
    words = '{} is saved as version {}. <a class="underline" href="{}">What it did</a> fills in from now on.'
    return format_html(words, name, written.change.version, what_it_did)


def is_unconfirmed(request: HttpRequest, symbol: str | None) -> bool:
    """Are values to be set for a symbol nobody has heard of, without a confirmation that it is meant?

    A level that held something when it was opened is known by that.
    """
    if symbol is None or not names_no_row(tag_in(request, "_opened")):
        return False
    return bool(unanswered(request.POST, unknown_among([symbol])))


def write(request: HttpRequest, hold: Hold, draft: Draft) -> Written | ValidationFailed:
    """Set the edits, or remove the level where they leave nothing of it; or the refusal."""
    author = author_of(request, draft.reason)
    try:
        if not draft.empties_level:
            return services.write_held(hold, draft.levels, draft.symbol, draft.edits, author)
        demand(request.user, DELETE)
        return services.delete(draft.levels.spec.strategy_id, draft.symbol, author=author)
    except ValidationFailed as refusal:
        return refusal


@dataclass(frozen=True, slots=True)
class SavedBy:
    """In words who saved a level while it was being edited. `is_self`: whoever looks, and nobody else."""

    words: str
    is_self: bool


def saved_by(changes: Sequence[ChangeEntry], user: Any) -> SavedBy:
    """Who made these changes, as this reader is told it."""
    own = [entry.change.history_user_id == user.pk for entry in changes]
    if changes and all(own):
        doors = {entry.change.source for entry in changes}
        place = " in another window" if doors <= {Source.ADMIN, Source.ROLLBACK} else ""
        return SavedBy(f"You saved this{place}", is_self=True)
    others = [entry.change.actor for entry, is_own in zip(changes, own, strict=True) if not is_own]
    names = [*dict.fromkeys(others), *(["you"] if any(own) else [])]
    return SavedBy(f"{get_text_list(names, 'and') or 'Somebody else'} saved this", is_self=False)


def show_conflict(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The level was saved meanwhile: by whom, what they did, what was entered here, and both ways on."""
    levels, symbol = draft.levels, draft.symbol
    theirs = changes_since(levels.spec.strategy_id, symbol, version_in(draft.opened))
    who = saved_by(theirs, request.user)
    if request.headers.get("HX-Request"):
        return TemplateResponse(request, "desk/level/outdated_answer.html", {"who": who})
    base, now, edits = draft.base, draft.held, draft.edits
    rows = [
        {
            "spec": parameter,
            "base": base.get(name),
            "now": now.get(name),
            "is_theirs": base.get(name) != now.get(name),
            "mine": edits.get(name),
            "is_mine": name in edits,
        }
        for name, parameter in levels.spec.parameters.items()
        if base.get(name) != now.get(name) or name in edits
    ]
    merged = draft.rebased()
    return render(
        request,
        "desk/level/conflict.html",
        f"{levels.spec.name} · {level_name(symbol)}",
        status=409,
        spec=levels.spec,
        symbol=symbol,
        level_name=level_name(symbol),
        rows=rows,
        theirs=theirs,
        who=who,
        merged=merged,
        merged_fields=fields_of(levels, symbol, merged.texts),
        level_url=level_url(levels.spec.strategy_id, symbol),
    )

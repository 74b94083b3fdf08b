"""Taking back at one stroke what was changed at one stroke."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from configuration import batches
from configuration.domain.problems import Problem
from configuration.exceptions import BatchChanged, RollbackFailed
from desk.changes import entries
from desk.pages import demand, page, render
from desk.writing import author_of, reason_field, reason_in


@page
def revert(request: HttpRequest, batch: UUID) -> HttpResponse:
    """Show what every level would hold again, and which were changed since; do it once a reason is given."""
    changes = batches.changes_in(batch)
    for permission in {each.permission for each in changes}:
        demand(request.user, permission)
    reason = reason_in(request) if request.method == "POST" else ""
    try:
        if not reason:
            batches.check(changes)
            return ask(request, changes)
        batches.take_back(batch, author=author_of(request, reason))
    except (BatchChanged, RollbackFailed) as refusal:
        return ask(request, changes, refusal=refusal)
    messages.success(request, f"Reverted: {len(changes)} levels hold again what they held before.")
    return redirect("tuning:history")


def ask(
    request: HttpRequest,
    changes: list[batches.BatchChange],
    *,
    refusal: BatchChanged | RollbackFailed | None = None,
) -> HttpResponse:
    """The page with every level, what stands against taking them back, and the question why."""
    missing = request.method == "POST" and not reason_in(request)
    problems: tuple[Problem, ...] = refusal.problems if isinstance(refusal, RollbackFailed) else ()
    return render(
        request,
        "desk/batch.html",
        f"Revert {len(changes)} changes",
        status=refusal.status if refusal and request.method == "POST" else 400 if missing else 200,
        rows=list(zip(entries(each.change for each in changes), changes, strict=True)),
        objection=f"{refusal}." if refusal else "",
        problems=problems,
        can_write=refusal is None,
        **reason_field(reason_in(request, suggested="Taken back together"), missing=missing),
    )

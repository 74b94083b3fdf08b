"""A change of levels that waits for a reason: shown with what it would do, then written as it was shown.

Removing, going back and copying are such proposals. Each shows what it changes and how it is written; what
they have in common stands here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from configuration.domain.effective import StrategyLevels
from configuration.domain.problems import Problem
from configuration.exceptions import RollbackFailed, ValidationFailed, VersionConflict
from configuration.previews import Preview
from configuration.services import Author
from desk.differences import Outlook, outlook
from desk.pages import level_name, render
from desk.writing import (
    author_of,
    reason_field,
    reason_in,
    tag_in,
    unchanged,
)

Refusal = ValidationFailed | RollbackFailed


@dataclass(frozen=True, slots=True)
class Target:
    """A level that would change: the version of what it sets now, 0 where it sets nothing, and the tag of its state."""

    symbol: str | None
    version: int
    tag: str
    outlook: Outlook

    @property
    def level_name(self) -> str:
        return level_name(self.symbol)

    @property
    def tag_field(self) -> str:
        """The name under which the form says which state the person has seen."""
        return f"opened-{self.symbol or 'global'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What would be done to levels of one strategy. `write` does it and says so in a sentence."""

    title: str
    template: str
    levels: StrategyLevels
    previews: Mapping[str | None, Preview]
    write: Callable[[Author], str]
    reason: str = ""  # the one suggested
    context: Mapping[str, Any] = field(default_factory=dict)

    @property
    def targets(self) -> list[Target]:
        return [
            Target(
                symbol,
                own.version if (own := self.levels.own(symbol)) else 0,
                self.levels.tag(symbol),
                outlook(self.levels.spec, preview),
            )
            for symbol, preview in self.previews.items()
        ]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that stands against it."""
        return tuple(problem for preview in self.previews.values() for problem in preview.problems)


def confirm(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """Show what would change; write it once a reason is given, if the levels are still as they were seen."""
    if request.method != "POST" or request.POST.get("_step") == "preview":
        return ask(request, proposal)
    reason = reason_in(request)
    if not reason:
        return ask(request, proposal, reason_missing=True)
    strategy_id = proposal.levels.spec.strategy_id
    seen = {target.symbol: tag_in(request, target.tag_field) for target in proposal.targets}
    try:
        with unchanged(strategy_id, seen):
            done = proposal.write(author_of(request, reason))
    except (ValidationFailed, RollbackFailed) as refusal:
        return ask(request, proposal, refusal=refusal)
    except VersionConflict as conflict:
        objection = f"{conflict.finding}. This is what would happen now: look again, and confirm once more."
        return ask(request, proposal, objection=objection, status=conflict.status)
    messages.success(request, done)
    return redirect("tuning:strategy", strategy_id)


def ask(
    request: HttpRequest,
    proposal: Proposal,
    *,
    objection: str = "",
    reason_missing: bool = False,
    refusal: Refusal | None = None,
    status: int = 400,
    unknown: Mapping[str, list[str]] | None = None,
) -> HttpResponse:
    """The page of a proposal: what would change, what stands against it, and the question why."""
    targets = proposal.targets
    problems = refusal.problems if refusal else proposal.problems
    if isinstance(refusal, RollbackFailed):
        objection = f"{refusal}."
    return render(
        request,
        proposal.template,
        proposal.title,
        status=refusal.status
        if refusal
        else 409
        if unknown
        else status
        if objection or reason_missing
        else 200,
        spec=proposal.levels.spec,
        targets=targets,
        target=targets[0] if targets else None,
        objection=objection,
        problems=problems,
        can_write=bool(targets) and not problems,
        **reason_field(reason_in(request, suggested=proposal.reason), missing=reason_missing),
        **proposal.context,
        unknown=unknown or {},
    )

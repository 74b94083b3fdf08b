"""What the reader of a page may see and do, for templates of any application, and what only some may."""

from datetime import UTC, datetime

from django import template
from django.template.context import Context

from configuration import permissions
from configuration.permissions import HALT, RESUME, may
from desk.halting import HaltShown, about, decision_url, scope_name
from halts.domain import HaltRecord, Scope
from halts.reading import halts_now

register = template.Library()


@register.simple_tag(takes_context=True)
def may_see_configuration(context: Context) -> bool:
    return permissions.may_see_configuration(context["request"].user)


@register.simple_tag(takes_context=True)
def may_halt(context: Context) -> bool:
    return may(context["request"].user, HALT)


@register.simple_tag(takes_context=True)
def may_resume(context: Context) -> bool:
    return may(context["request"].user, RESUME)


@register.simple_tag
def halts_about(symbol: str) -> list[HaltShown]:
    """Every halt that covers a symbol in any strategy, with who and why: for those who may see configuration."""
    return about(symbol)


@register.simple_tag
def scope_words(halt: HaltRecord) -> str:
    """What it covers, as people read it."""
    return scope_name(halt.scope)


@register.simple_tag
def resume_url(halt: HaltRecord) -> str:
    """The page that lifts exactly this halt."""
    return decision_url("resume", halt.scope)


@register.filter
def since_words(at: float) -> str:
    """A moment in seconds since the epoch, as a date and a time."""
    return f"{datetime.fromtimestamp(at, UTC):%d %B, %H:%M:%S} UTC".removeprefix("0")


@register.simple_tag
def is_halted_itself(symbol: str) -> bool:
    """Is there a halt of exactly this symbol over all strategies, which resuming it would lift?"""
    halts = halts_now()
    return halts is not None and Scope("", symbol) in halts.records

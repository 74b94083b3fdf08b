"""Halting from the pages of the market: who may, and what is halted, for templates of any application."""

from django import template
from django.template.context import Context

from configuration.exceptions import StoreUnavailable
from configuration.permissions import HALT, RESUME, may
from halts.domain import Scope
from halts.reading import last_known

register = template.Library()


@register.simple_tag(takes_context=True)
def may_halt(context: Context) -> bool:
    return may(context["request"].user, HALT)


@register.simple_tag(takes_context=True)
def may_resume(context: Context) -> bool:
    return may(context["request"].user, RESUME)


@register.simple_tag
def is_halted_itself(symbol: str) -> bool:
    """Is there a halt of exactly this symbol over all strategies, which resuming it would lift?"""
    try:
        return Scope("", symbol) in last_known().records
    except StoreUnavailable:
        return False

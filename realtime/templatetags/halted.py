"""What is halted now, for templates of any application."""

from django import template
from django.template.context import Context

from metrics.marks import current
from realtime import halted_now as halted

register = template.Library()


@register.simple_tag
def everything_is_halted() -> bool:
    """As the marks of the market show it, which are public and wait for no database."""
    return current().others.halted


@register.simple_tag(takes_context=True)
def halted_now(context: Context, but: str = "", is_brief: bool = False) -> halted.HaltedNow:
    """For this reader; without what is about the symbol `but`, whose page says that itself. `is_brief` is one line.

    A page that has read the halts hands them over as `known_halts`.
    """
    return halted.halted_now(context["request"].user, but, context.get("known_halts"), is_brief=is_brief)

"""What is halted now, for templates of any application."""

from django import template
from django.template.context import Context

from realtime import halted_now as halted

register = template.Library()


@register.simple_tag(takes_context=True)
def halted_now(context: Context, but: str = "") -> halted.HaltedNow:
    """For this reader; without what is about the symbol `but`, whose page says that itself."""
    return halted.halted_now(context["request"].user, but)

"""What the reader of a page may see, for templates of any application, and what only some may."""

from django import template
from django.template.context import Context

from configuration.permissions import may_see_configuration
from desk.halting import HaltShown, about

register = template.Library()


@register.simple_tag(takes_context=True, name="may_see_configuration")
def _may_see_configuration(context: Context) -> bool:
    return may_see_configuration(context["request"].user)


@register.simple_tag
def halts_about(symbol: str) -> list[HaltShown]:
    """Every halt that covers a symbol in any strategy, with who and why: for those who may see configuration."""
    return about(symbol)

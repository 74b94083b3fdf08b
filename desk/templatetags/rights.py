"""What the reader of a page may see, for templates of any application."""

from django import template
from django.template.context import Context

from configuration.permissions import may_see_configuration

register = template.Library()


@register.simple_tag(takes_context=True, name="may_see_configuration")
def _may_see_configuration(context: Context) -> bool:
    return may_see_configuration(context["request"].user)

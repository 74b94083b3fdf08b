"""How configuration pages show values and layers."""

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.timesince import timesince

from configuration.domain.parameters import ParameterSpec
from configuration.domain.resolution import Layer
from desk.fields import write_value

register = template.Library()

LAYER_NAMES = {
    Layer.DEFAULT: "default",
    Layer.ENVIRONMENT: "environment",
    Layer.GLOBAL: "all symbols",
    Layer.SYMBOL: "this symbol",
}


@register.filter
def shown(value: Any) -> str:
    """A value as people read it."""
    return "inherits" if value is None else write_value(value)


@register.filter
def ago(moment: datetime) -> str:
    """How long ago, in its largest unit."""
    return (
        "just now" if (timezone.now() - moment).total_seconds() < 60 else f"{timesince(moment, depth=1)} ago"
    )


@register.filter(name="layer")
def layer_name(layer: Layer) -> str:
    """A layer in words."""
    return LAYER_NAMES[layer]


@register.simple_tag
def origin(layer: Layer, spec: ParameterSpec) -> str:
    """Where a parameter's value comes from, in words."""
    variable = f", {spec.environment}" if layer is Layer.ENVIRONMENT else ""
    return LAYER_NAMES[layer] + variable

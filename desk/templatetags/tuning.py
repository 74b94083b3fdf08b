"""How configuration pages show values and layers."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import get_text_list
from django.utils.timesince import timesince

from configuration.domain.catalogue import CATALOGUE
from configuration.domain.parameters import ParameterSpec
from configuration.domain.resolution import Layer
from desk.fields import write_value
from desk.proposals import Target
from desk.words import in_words, label

register = template.Library()

MOST_NAMED = 3

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


SPREADS_IN_PERCENT = {"spread_percent", "gap_percent"} | {
    name
    for spec in CATALOGUE.values()
    for name, parameter in spec.parameters.items()
    if parameter.unit == "%" and "spread" in name
}


@register.filter
def labelled(name: str) -> SafeString:
    """A parameter as people call it, with its name in files and requests beside."""
    return format_html('{} <code class="code-name">{}</code>', label(name), name)


@register.filter(name="in_words")
def words_of(sentence: Any) -> str:
    """A sentence written for programs, as people read it."""
    return in_words(str(sentence))


@register.filter
def in_bps(value: Any, name: str) -> str:
    """A spread in the unit that spreads have on every page, behind one that is in percent; empty for others."""
    if name not in SPREADS_IN_PERCENT or not isinstance(value, int | float):
        return ""
    return f"= {write_value(float(f'{100 * value:.6g}'))} bps"


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


@register.filter
def unlike_any(unknown: Mapping[str, list[str]]) -> list[str]:
    """Of symbols nobody knows, with the nearest names, those without any."""
    return [symbol for symbol, nearest in unknown.items() if not nearest]


@register.filter
def named(targets: Sequence[Target]) -> str:
    """Levels of symbols by name, or counted where they are many."""
    names = [target.level_name for target in targets]
    return get_text_list(names, "and") if len(names) <= MOST_NAMED else f"{len(names)} symbols"


@register.simple_tag
def strategy_names() -> str:
    """What strategies are called, by identifier, as JSON for scripts."""
    return json.dumps({strategy_id: spec.name for strategy_id, spec in CATALOGUE.items()})


@register.simple_tag
def origin(layer: Layer, spec: ParameterSpec) -> str:
    """Where a parameter's value comes from, in words."""
    variable = f", {spec.environment}" if layer is Layer.ENVIRONMENT else ""
    return LAYER_NAMES[layer] + variable

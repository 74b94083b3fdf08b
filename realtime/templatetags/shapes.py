"""Small shapes for the admin's home page."""

from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

SENTIMENTS = ("bullish", "neutral", "bearish")


@register.simple_tag
def shares(mood: dict[str, Any]) -> SafeString:
    """One bar, divided as the symbols are between bullish, neutral and bearish."""
    counts = [mood[f"{name}_symbols"] for name in SENTIMENTS]
    total = sum(counts) or 1
    starts = [100 * sum(counts[:place]) / total for place in range(len(counts))]
    parts = format_html_join(
        "",
        '<rect class="{}" x="{}" width="{}" height="8"/>',
        (
            (name, f"{start:.2f}", f"{100 * count / total:.2f}")
            for name, start, count in zip(SENTIMENTS, starts, counts, strict=True)
        ),
    )
    return _bar(parts)


@register.simple_tag
def diverging(pressure: float | None) -> SafeString:
    """A bar from the middle, to the right for buying, to the left for selling; `pressure` in percent."""
    value = max(-100.0, min(100.0, pressure or 0.0))
    side, start = ("bullish", 50.0) if value >= 0 else ("bearish", 50 + value / 2)
    return _bar(
        format_html(
            '<rect class="{}" x="{}" width="{}" height="8"/><rect class="axis" x="49.8" width=".4" height="8"/>',
            side,
            f"{start:.2f}",
            f"{abs(value) / 2:.2f}",
        )
    )


def _bar(content: SafeString) -> SafeString:
    return format_html(
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">{}</svg>', content
    )

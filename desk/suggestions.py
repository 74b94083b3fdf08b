"""Symbols to suggest: those the market feeds track, from whatever function the settings name."""

from django.conf import settings
from django.utils.module_loading import import_string


def tracked_symbols() -> list[str]:
    """In alphabetical order; empty while nobody knows."""
    tracked: list[str] = import_string(settings.TRACKED_SYMBOLS)()
    return tracked


def is_untracked(symbol: str | None) -> bool:
    """Do the feeds not know this symbol? It is no error: values may wait for a listing."""
    tracked = tracked_symbols() if symbol else []
    return bool(tracked) and symbol not in tracked

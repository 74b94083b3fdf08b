"""By which rules messages become numbers, as the settings have it."""

from django.conf import settings

from metrics.domain.admission.rules import Rules


def rules_in_force() -> Rules:
    """Those of every strategy process, and of whoever repeats what it did."""
    return Rules(
        stale_after=settings.STALE_AFTER_SECONDS,
        max_event_lag=settings.MAX_EVENT_LAG_SECONDS,
        max_symbols=settings.METRICS_MAX_SYMBOLS,
        primary=tuple(settings.PRIMARY_MARKETS),
    )

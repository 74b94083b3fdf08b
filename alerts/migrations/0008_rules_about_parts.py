"""Rules about the parts of the system. They are enabled: what is well and what is not differs little from desk to desk."""

from django.db import migrations
from django.utils import timezone

REASON = "comes with the product"
RULES = [
    {
        "name": "Part not heard",
        "watch": "silent_seconds",
        "comparison": "above",
        "threshold": 15.0,
        "clear_at": 5.0,
        "for_seconds": 0.0,
        "severity": "critical",
        "advice": "The process has ended, hangs, or cannot reach Redis; or Redis does not answer. Look at its log, and "
        "start it again.",
    },
    {
        "name": "Nothing arrives",
        "watch": "no_message_seconds",
        "entities": ["feed *"],
        "comparison": "above",
        "threshold": 60.0,
        "clear_at": 5.0,
        "for_seconds": 0.0,
        "severity": "critical",
        "advice": "The feed is there, and no market data come. Look whether the producer runs, and publishes where the "
        "feed listens.",
    },
    {
        "name": "No connection to NATS",
        "watch": "is_without_nats",
        "comparison": "above",
        "threshold": 0.5,
        "clear_at": None,
        "for_seconds": 10.0,
        "severity": "critical",
        "advice": "Market data and signals go by NATS. The page of the system says why there is no connection.",
    },
    {
        "name": "No connection to the database",
        "watch": "is_without_database",
        "comparison": "above",
        "threshold": 0.5,
        "clear_at": None,
        "for_seconds": 10.0,
        "severity": "warning",
        "advice": "Strategies go on with the configuration they have, and hear of no change but halts on NATS.",
    },
    {
        "name": "Messages dropped",
        "watch": "drops_per_minute",
        "comparison": "above",
        "threshold": 0.0,
        "clear_at": None,
        "for_seconds": 0.0,
        "severity": "warning",
        "advice": "The process does not keep up. Look at its load, and divide the market among several.",
    },
    {
        "name": "Messages refused",
        "watch": "refused_share",
        "comparison": "above",
        "threshold": 50.0,
        "clear_at": 25.0,
        "for_seconds": 60.0,
        "severity": "warning",
        "advice": "Most of what comes is no market data that can be shown. The page of the system counts why.",
    },
    {
        "name": "Started again",
        "watch": "is_restarted",
        "comparison": "above",
        "threshold": 0.5,
        "clear_at": None,
        "for_seconds": 0.0,
        "severity": "info",
        "advice": "The process died, and was started again. Its log says what it died of.",
    },
]


def ship(apps, schema_editor):
    """Nobody's rule of the same name is touched."""
    now = timezone.now()
    rules = apps.get_model("alerts", "AlertRule")
    for contents in RULES:
        if rules.objects.filter(name=contents["name"]).exists():
            continue
        row = {"symbols": [], "market": "", "entities": [], **contents, "is_enabled": True, "version": 1}
        rule = rules(**row, created_at=now, updated_at=now)
        rule.save()
        apps.get_model("alerts", "HistoricalAlertRule").objects.create(
            **row,
            id=rule.pk,
            created_at=now,
            updated_at=now,
            actor="system",
            source="command",
            history_type="+",
            history_date=now,
            history_change_reason=REASON,
        )


class Migration(migrations.Migration):
    dependencies = [("alerts", "0007_entities")]
    operations = [migrations.RunPython(ship, migrations.RunPython.noop)]

"""Ten rules to begin with. All are disabled: what is usual differs from desk to desk, so somebody looks at them first."""

from django.db import migrations
from django.utils import timezone

MAJORS = ["BTC*", "ETH*"]
REASON = "comes with the product; disabled until somebody has looked at its numbers"
RULES = [
    {
        "name": "Wide spread",
        "watch": "spread_bps_10s",
        "comparison": "above",
        "threshold": 20.0,
        "clear_at": 15.0,
        "for_seconds": 30.0,
        "severity": "warning",
        "advice": "Whoever crosses this spread pays for it at once. Look at the book: has one side been pulled? Widen "
        "quotes, or wait.",
    },
    {
        "name": "Wide spread of a major",
        "watch": "spread_bps_10s",
        "symbols": MAJORS,
        "comparison": "above",
        "threshold": 5.0,
        "clear_at": 3.0,
        "for_seconds": 30.0,
        "severity": "critical",
        "advice": "Majors trade within a basis point. So wide a spread that lasts means that market makers have "
        "stepped back: compare venues, and consider halting.",
    },
    {
        "name": "Dear to trade",
        "watch": "cost_at_least_bps_10s",
        "comparison": "above",
        "threshold": 50.0,
        "clear_at": 40.0,
        "for_seconds": 60.0,
        "severity": "warning",
        "advice": "The usual size costs half a percent at least. Trade smaller or slower, or at another venue.",
    },
    {
        "name": "Thin book",
        "watch": "depth_usd_10s",
        "comparison": "below",
        "threshold": 20_000.0,
        "clear_at": 30_000.0,
        "for_seconds": 60.0,
        "severity": "warning",
        "advice": "Little rests near the mid price, so that small orders move it and pressure swings by itself. Give "
        "signals about this symbol less weight.",
    },
    {
        "name": "Thin book of a major",
        "watch": "depth_usd_10s",
        "symbols": MAJORS,
        "comparison": "below",
        "threshold": 500_000.0,
        "clear_at": 750_000.0,
        "for_seconds": 30.0,
        "severity": "critical",
        "advice": "Depth of a major goes before its price does. Look for news, and consider halting what trades on it.",
    },
    {
        "name": "One-sided book",
        "watch": "abs_net_pressure",
        "comparison": "above",
        "threshold": 90.0,
        "clear_at": 80.0,
        "for_seconds": 60.0,
        "severity": "info",
        "advice": "Nearly all that rests is on one side. Is it one large order, or are there many? The ladder says.",
    },
    {
        "name": "Silent market",
        "watch": "age_seconds",
        "comparison": "above",
        "threshold": 10.0,
        "clear_at": 2.0,
        "for_seconds": 0.0,
        "severity": "warning",
        "advice": "No book for ten seconds. One symbol: it may be halted at its venue. All of a venue: look at its "
        "connection first.",
    },
    {
        "name": "Major not live",
        "watch": "is_live",
        "symbols": MAJORS,
        "comparison": "below",
        "threshold": 0.5,
        "clear_at": None,
        "for_seconds": 15.0,
        "severity": "critical",
        "advice": "Strategies do not act on a book that is not live. The page of the symbol says why it is not.",
    },
    {
        "name": "Book in doubt",
        "watch": "is_suspect",
        "comparison": "above",
        "threshold": 0.5,
        "clear_at": None,
        "for_seconds": 5.0,
        "severity": "warning",
        "advice": "Two books of one name disagree, and neither is shown. Find out who publishes under a name that is "
        "not theirs.",
    },
    {
        "name": "Broken full book",
        "watch": "is_gap",
        "comparison": "above",
        "threshold": 0.5,
        "clear_at": None,
        "for_seconds": 30.0,
        "severity": "warning",
        "advice": "A message is missing, and no whole book has come since. Where that lasts, look at who answers "
        "requests for whole books.",
    },
]


def ship(apps, schema_editor):
    now = timezone.now()
    for contents in RULES:
        row = {"symbols": [], "market": "", **contents, "is_enabled": False, "version": 1}
        rule = apps.get_model("alerts", "AlertRule")(**row, created_at=now, updated_at=now)
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
    dependencies = [("alerts", "0003_published")]
    operations = [migrations.RunPython(ship, migrations.RunPython.noop)]

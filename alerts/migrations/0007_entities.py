"""Rules about what is no market: strategies, levels of the configuration, halts, parts of the system, and so on."""

from django.db import migrations, models

ENTITIES = models.JSONField(
    default=list, help_text="of what is no market: names or patterns; none: all of its kind"
)


class Migration(migrations.Migration):
    dependencies = [("alerts", "0006_silences")]
    operations = [
        migrations.AddField(model_name="alertrule", name="entities", field=ENTITIES),
        migrations.AddField(model_name="historicalalertrule", name="entities", field=ENTITIES),
        migrations.AddField(
            model_name="alert",
            name="entity",
            field=models.CharField(
                blank=True, help_text="of what is no market its name; empty of a market", max_length=200
            ),
        ),
        migrations.AlterField(
            model_name="alert", name="symbol", field=models.CharField(blank=True, max_length=32)
        ),
        migrations.AlterField(
            model_name="alert", name="market", field=models.CharField(blank=True, max_length=64)
        ),
        migrations.AlterField(
            model_name="alert",
            name="resolved_because",
            field=models.CharField(
                blank=True,
                choices=[
                    ("back", "the figure came back"),
                    ("rule changed", "the rule was changed"),
                    ("rule disabled", "the rule was disabled"),
                    ("rule deleted", "the rule was deleted"),
                    ("market gone", "the market is no longer there"),
                    ("gone", "it is no longer there"),
                ],
                max_length=20,
            ),
        ),
        migrations.RemoveConstraint(model_name="alert", name="one_firing_alert_per_rule_and_market"),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.UniqueConstraint(
                condition=models.Q(resolved_at=None),
                fields=("rule", "symbol", "market", "entity"),
                name="one_firing_alert_per_rule_and_entity",
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(~models.Q(symbol=""), entity="")
                | models.Q(~models.Q(entity=""), symbol="", market=""),
                name="an_alert_is_about_a_market_or_something_else",
            ),
        ),
    ]

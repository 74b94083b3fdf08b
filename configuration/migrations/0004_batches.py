from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('configuration', '0003_announced'),
    ]

    operations = [
        migrations.AddField(
            model_name='historicalstrategyconfig',
            name='batch',
            field=models.UUIDField(db_index=True, help_text='shared by levels that changed at one stroke', null=True),
        ),
        migrations.AddIndex(
            model_name='historicalstrategyconfig',
            index=models.Index(condition=models.Q(('history_type', '-')), fields=['strategy_id', 'symbol', 'version'], name='deletions_of_levels'),
        ),
    ]

"""Silences, and who may silence. Later edits of the groups in the admin are kept: this runs once."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations, models

GROUPS = ("Risk managers", "Administrators")


def grant(apps, schema_editor):
    create_permissions(installed.get_app_config("alerts"), verbosity=0, apps=apps)
    Permission = apps.get_model("auth", "Permission")
    wanted = Permission.objects.filter(content_type__app_label="alerts", codename="add_silence")
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GROUPS):
        group.permissions.add(*wanted)


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0005_channels'),
    ]

    operations = [
        migrations.CreateModel(
            name='Silence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule_number', models.PositiveBigIntegerField(help_text="the rule's id; none: whatever the rule", null=True)),
                ('rule_name', models.CharField(blank=True, help_text='what it was called then', max_length=100)),
                ('symbol', models.CharField(blank=True, help_text='or a pattern; empty: any', max_length=32)),
                ('severity', models.CharField(blank=True, choices=[('info', 'Info'), ('warning', 'Warning'), ('critical', 'Critical')], help_text='empty: any', max_length=8)),
                ('made_at', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('reason', models.TextField()),
                ('actor', models.CharField(help_text='who was logged in; kept when the account is gone', max_length=150)),
                ('changed_by', models.CharField(blank=True, help_text='on whose behalf, as stated', max_length=150)),
                ('source', models.CharField(choices=[('admin', 'Admin'), ('api', 'API'), ('rollback', 'Rollback'), ('import', 'Import'), ('command', 'Command')], max_length=10)),
                ('ended_at', models.DateTimeField(help_text='when somebody ended it before its time', null=True)),
                ('ended_by', models.CharField(blank=True, max_length=150)),
                ('ended_reason', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['-made_at', '-pk'],
                'default_permissions': ('add',),
            },
        ),
        migrations.AddField(
            model_name='alertrule',
            name='quiet_hours',
            field=models.JSONField(default=list, help_text='spans of the week in which nobody is told'),
        ),
        migrations.AddField(
            model_name='historicalalertrule',
            name='quiet_hours',
            field=models.JSONField(default=list, help_text='spans of the week in which nobody is told'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(condition=models.Q(('resolved_at__isnull', False)), fields=['resolved_at'], name='alerts_resolved'),
        ),
        migrations.AddIndex(
            model_name='silence',
            index=models.Index(condition=models.Q(('ended_at', None)), fields=['until'], name='silences_not_ended'),
        ),
        migrations.AddIndex(
            model_name='silence',
            index=models.Index(fields=['-made_at', '-id'], name='silences_newest_first'),
        ),
        migrations.AddConstraint(
            model_name='silence',
            constraint=models.CheckConstraint(condition=models.Q(('rule_number__isnull', False), models.Q(('symbol', ''), _negated=True), models.Q(('severity', ''), _negated=True), _connector='OR'), name='a_silence_is_about_something'),
        ),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]

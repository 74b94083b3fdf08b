"""Who reads alerts, acknowledges them and writes rules. Later edits of the groups in the admin are kept: this runs once."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

READING = ["view_alert"]
DECIDING = [*READING, "acknowledge_alert", "change_alertrule"]
GROUPS = {"Viewers": READING, "Risk managers": DECIDING, "Administrators": DECIDING}


def grant(apps, schema_editor):
    create_permissions(installed.get_app_config("alerts"), verbosity=0, apps=apps)
    Permission = apps.get_model("auth", "Permission")
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GROUPS):
        wanted = Permission.objects.filter(
            content_type__app_label="alerts", codename__in=GROUPS[group.name]
        )
        group.permissions.add(*wanted)


class Migration(migrations.Migration):
    dependencies = [("alerts", "0001_alerts"), ("configuration", "0002_groups")]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]

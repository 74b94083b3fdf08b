"""Who may halt and resume, in the three groups. Later edits of them in the admin are kept: this runs once."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

VIEWING = ["view_haltchange"]
DECIDING = [*VIEWING, "halt_strategies", "resume_strategies"]
GROUPS = {"Viewers": VIEWING, "Risk managers": DECIDING, "Administrators": DECIDING}


def grant(apps, schema_editor):
    create_permissions(installed.get_app_config("halts"), verbosity=0, apps=apps)
    Permission = apps.get_model("auth", "Permission")
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GROUPS):
        wanted = Permission.objects.filter(
            content_type__app_label="halts", codename__in=GROUPS[group.name]
        )
        group.permissions.add(*wanted)


class Migration(migrations.Migration):
    dependencies = [("halts", "0001_halts"), ("configuration", "0002_groups")]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]

"""Administrators see who is refused, and let him in. Later edits of the group in the admin are kept: this runs once."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations


def grant(apps, schema_editor):
    create_permissions(installed.get_app_config("login"), verbosity=0, apps=apps)
    wanted = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="login")
    for group in apps.get_model("auth", "Group").objects.filter(name="Administrators"):
        group.permissions.add(*wanted)


class Migration(migrations.Migration):
    dependencies = [("login", "0001_password_counts"), ("configuration", "0002_groups")]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]

"""The three groups people are put into. Later edits of them in the admin are kept: this runs once."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.models import Q

VIEWING = Q(content_type__app_label="configuration", codename__startswith="view_")
MANAGING = Q(content_type__app_label="configuration")
ADMINISTERING = (
    MANAGING
    | Q(content_type__app_label="auth", content_type__model__in=["user", "group"])
    | Q(content_type__app_label="knox")
)
GROUPS = {"Viewers": VIEWING, "Risk managers": MANAGING, "Administrators": ADMINISTERING}


def create_groups(apps, schema_editor):
    for label in ("configuration", "auth", "knox"):  # Django makes them only after all migrations
        create_permissions(installed.get_app_config(label), verbosity=0, apps=apps)
    Permission = apps.get_model("auth", "Permission")
    for name, wanted in GROUPS.items():
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        group.permissions.add(*Permission.objects.filter(wanted))


def delete_groups(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=GROUPS).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("configuration", "0001_strategy_configuration"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("knox", "0009_extend_authtoken_field"),
    ]
    operations = [migrations.RunPython(create_groups, delete_groups)]

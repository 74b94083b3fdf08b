"""What tokens were made for; and whoever has a role may enter the admin. Nobody loses anything: who may enter without a
role goes on doing so, and tokens that there are may what their accounts may.
"""

import django.contrib.auth.models
import django.db.models.deletion
from django.db import migrations, models


def let_in_who_has_a_role(apps, schema_editor):
    people = apps.get_model("auth", "User").objects
    people.filter(pk__in=people.filter(groups__isnull=False).values("pk")).update(is_staff=True)


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('knox', '0009_extend_authtoken_field'),
        ('login', '0002_who_lets_in'),
    ]

    operations = [
        migrations.CreateModel(
            name='TokenGrant',
            fields=[
                ('token', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='grant', serialize=False, to="knox.authtoken")),
                ('scopes', models.JSONField(null=True)),
                ('purpose', models.CharField(blank=True, max_length=200)),
                ('made_by', models.CharField(blank=True, max_length=150)),
                ('used_at', models.DateTimeField(null=True)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Bearer',
            fields=[
            ],
            options={
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('auth.user',),
            managers=[
                ('objects', django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.RunPython(let_in_who_has_a_role, migrations.RunPython.noop),
    ]

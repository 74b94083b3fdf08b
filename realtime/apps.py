"""The realtime application, and two of libraries that are not loaded until they are needed."""

from typing import Any

from django.apps import AppConfig, apps
from django.contrib import admin
from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.core.checks import CheckMessage, Tags, register

PLAIN_NAMES = {
    ("auth", "user"): ("person", "people"),
    ("auth", "group"): ("role", "roles"),
    ("knox", "authtoken"): ("API token", "API tokens"),
}
"""What the admin calls models of libraries: one, and several."""


class RealtimeConfig(AppConfig):
    name = "realtime"
    default = True

    def ready(self) -> None:
        from metrics import marks
        from realtime import checks  # noqa: F401  # which register themselves
        from realtime.halt_marks import HaltMarks
        from realtime.wording import put_in_our_words

        marks.hand_in(HaltMarks())
        put_in_our_words()

        for model, names in PLAIN_NAMES.items():
            options = apps.get_model(*model)._meta
            options.verbose_name, options.verbose_name_plural = names


class AdminConfig(SimpleAdminConfig):
    """The admin, whose pages are loaded with the addresses: feed, strategies and market serve none."""

    def ready(self) -> None:
        register(check_dependencies, Tags.admin)
        register(_check_pages, Tags.admin)


def _check_pages(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    admin.autodiscover()
    return check_admin_app(app_configs, **kwargs)


class DaphneConfig(AppConfig):
    """Daphne's `runserver`. Its own would load the server into every process."""

    name = "daphne"

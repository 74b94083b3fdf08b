"""The realtime application."""

from django.apps import AppConfig, apps

PLAIN_NAMES = {
    ("knox", "authtoken"): "API token",
}
"""What the admin calls models of libraries."""


class RealtimeConfig(AppConfig):
    name = "realtime"

    def ready(self) -> None:
        from metrics import marks
        from realtime import checks, typed_answers  # noqa: F401  # which register themselves
        from realtime.halt_marks import HaltMarks

        marks.hand_in(HaltMarks())

        for model, name in PLAIN_NAMES.items():
            options = apps.get_model(*model)._meta
            options.verbose_name, options.verbose_name_plural = name, f"{name}s"

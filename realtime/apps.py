"""The realtime application."""

from django.apps import AppConfig, apps

PLAIN_NAMES = {
    ("auth", "user"): ("person", "people"),
    ("auth", "group"): ("role", "roles"),
    ("knox", "authtoken"): ("API token", "API tokens"),
}
"""What the admin calls models of libraries: one, and several."""


class RealtimeConfig(AppConfig):
    name = "realtime"

    def ready(self) -> None:
        from metrics import marks
        from realtime import checks, typed_answers  # noqa: F401  # which register themselves
        from realtime.halt_marks import HaltMarks
        from realtime.wording import put_in_our_words

        marks.hand_in(HaltMarks())
        put_in_our_words()

        for model, names in PLAIN_NAMES.items():
            options = apps.get_model(*model)._meta
            options.verbose_name, options.verbose_name_plural = names

"""The settings of unfold for the admin. How it looks is in templates and style sheets, which both worlds share."""

from typing import Any

from django.urls import reverse_lazy

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Realtime Strategies",
    "SITE_HEADER": "Realtime Strategies",
    "SITE_URL": reverse_lazy("metrics:overview"),
    "SHOW_BACK_BUTTON": False,
    "DASHBOARD_CALLBACK": "realtime.admin_home.show",
}

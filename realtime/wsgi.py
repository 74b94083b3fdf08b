"""WSGI entry point: the same REST API and pages without WebSockets, for a WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "realtime.settings")
application = get_wsgi_application()

# What follows needs the applications loaded.
from configuration.environment import require_sound_environment  # noqa: E402
from realtime import configuration_events  # noqa: E402

require_sound_environment()
configuration_events.start()

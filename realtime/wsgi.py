"""WSGI entry point: the same REST API and pages without WebSockets, for a WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "realtime.settings")
pages = get_wsgi_application()

# What follows needs the applications loaded.
from django.conf import settings  # noqa: E402

from configuration.environment import require_sound_environment  # noqa: E402
from realtime import configuration_events  # noqa: E402
from realtime.forwarding import forwarded_wsgi  # noqa: E402

require_sound_environment()
application = forwarded_wsgi(pages, settings.FORWARDED_BY or 0)
configuration_events.start()

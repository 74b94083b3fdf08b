"""ASGI entry point: Django for HTTP, Channels for WebSockets."""

import gc
import os
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "realtime.settings")
django.setup(set_prefix=False)

# What follows needs the applications loaded.
from channels.routing import ProtocolTypeRouter  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import get_resolver  # noqa: E402

from configuration.environment import require_sound_environment  # noqa: E402
from realtime import configuration_events  # noqa: E402
from realtime.forwarding import forwarded  # noqa: E402
from realtime.handler import ThreadedHandler  # noqa: E402
from realtime.hot_lane import HotLane  # noqa: E402
from realtime.routing import websocket_application  # noqa: E402
from realtime.serving.admissions import Admissions, admitted  # noqa: E402
from realtime.serving.at_once import AtHand, nothing  # noqa: E402
from realtime.sub_path import below  # noqa: E402

require_sound_environment()

http: Any = ThreadedHandler()
at_hand: AtHand = nothing
if not settings.METRICS_REQUIRE_LOGIN:  # the same for everybody
    http = HotLane(http, settings.PUSH_INTERVAL_MS / 1000)
    at_hand = http.at_hand
admissions = Admissions(settings.SOCKETS_PER_ADDRESS, settings.SOCKETS_IN_ALL, settings.HANDSHAKES_PER_MINUTE)
everything: Any = ProtocolTypeRouter({"http": http, "websocket": admitted(websocket_application, admissions)})
if settings.SCRIPT_NAME:
    everything = below(settings.SCRIPT_NAME, everything)
application = forwarded(everything, settings.FORWARDED_BY or 0)  # under other servers; ours does so by itself
configuration_events.start()

if settings.FREEZE_GC:
    # Everything loaded by now lives as long as the process. Taking it out of the collector's sight
    # removes the long pauses of full collections from the tail of request times.
    _ = get_resolver().url_patterns
    gc.collect()
    gc.freeze()
    # What comes and goes leaves next to no garbage; to look through thousands of sockets for it takes long.
    gc.set_threshold(5_000, 10, 10)

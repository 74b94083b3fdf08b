"""WebSocket addresses of the metrics application."""

from django.urls import re_path

from metrics.push.consumers import DepthConsumer, PressureConsumer

websocket_urlpatterns = [
    re_path(r"^ws/pressure/?$", PressureConsumer.as_asgi()),
    re_path(r"^ws/depth/(?P<symbol>[^/]{1,64})/?$", DepthConsumer.as_asgi()),
]

"""Every WebSocket address of the product, and who may open one."""

from channels.routing import URLRouter
from django.conf import settings
from django.urls import re_path

from alerts.push.consumers import AlertsConsumer
from live.denial import no_such_address
from metrics.push.routing import websocket_urlpatterns as market
from realtime.identity import TokenIfAny, TokenOrSession
from realtime.origins import SameOrigin
from strategies.push.consumers import ConfigurationConsumer

_configuration = re_path(r"^ws/configuration/?$", TokenOrSession(ConfigurationConsumer.as_asgi()))
_alerts = re_path(r"^ws/alerts/?$", TokenOrSession(AlertsConsumer.as_asgi()))
_market = URLRouter([*market, re_path("", no_such_address)])  # type: ignore[arg-type]  # stubs know views only
# Public numbers must not depend on the database of tokens and sessions; they do where a log-in is required.
_rest = re_path("", TokenOrSession(_market) if settings.METRICS_REQUIRE_LOGIN else TokenIfAny(_market))
websocket_application = SameOrigin(URLRouter([_configuration, _alerts, _rest]))

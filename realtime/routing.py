"""Every WebSocket address of the product, and who may open one."""

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter

websocket_application = AuthMiddlewareStack(URLRouter([]))

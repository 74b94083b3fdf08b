"""uvicorn in this process: one set of options for laptop and production."""

import logging
import resource
import signal
import socket
import sys
from functools import partial
from types import FrameType

import uvicorn
from django.conf import settings

from live.consumers import LARGEST_MESSAGE_BYTES
from realtime.forwarding import as_asked, forwarded
from realtime.origins import Application, AsgiScope
from realtime.serving.application import bounded, ended
from realtime.serving.at_once import Asked, AtHand, nothing
from realtime.serving.memory import start_giving_back
from realtime.serving.requests import Requests, most_connections
from realtime.serving.sockets import Sockets
from realtime.variables import Proxies

logger = logging.getLogger(__name__)

BACKLOG = 2048
PING_SECONDS = 20.0
KEPT_SECONDS = 60
"""How long a connection is kept for another request; a proxy in front must let go of it earlier."""
LAST_ANSWERS_SECONDS = 3
"""How long answers that are under way may take when the process is to end."""
UNREAD_SECONDS = 30.0
"""Who takes nothing of what is sent for so long is cut off."""
FILES_WITHOUT_LIMIT = 10_240
"""Asked for where there is no limit to raise to: macOS says so, and grants this many."""


def options(
    application: Application,
    *,
    at_hand: AtHand = nothing,
    proxies: Proxies = 0,
    requests: type[Requests] = Requests,
    sockets: type[Sockets] = Sockets,
) -> uvicorn.Config:
    """How `application`, and what it has at hand, is served with so many proxies in front, or with these."""

    def at_hand_in_front(scope: AsgiScope) -> Asked | None:
        return at_hand(as_asked(scope, proxies))

    application = bounded(ended(application), settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    return uvicorn.Config(
        forwarded(application, proxies),  # around everything here that asks who it is
        workers=1,
        loop="uvloop",
        interface="asgi3",
        lifespan="off",
        http=partial(requests, at_hand=at_hand_in_front),  # type: ignore[arg-type]  # it makes one, as a class does
        ws=sockets,
        ws_max_size=LARGEST_MESSAGE_BYTES,  # of what clients send; what we send may be larger
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        ws_per_message_deflate=False,  # each frame would be compressed for each of a thousand readers
        timeout_keep_alive=KEPT_SECONDS,
        timeout_graceful_shutdown=LAST_ANSWERS_SECONDS,
        proxy_headers=False,  # ours
        server_header=False,
        access_log=False,
        log_config=None,
    )


def listening(host: str, port: int, unread_seconds: float = UNREAD_SECONDS) -> socket.socket:
    """The socket to serve on; OSError where the address is taken or nobody's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; every connection inherits it
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(1000 * unread_seconds))
    return listener


def allow_files() -> int:
    """Let this process open as many files as it may: each connection is one. How many these are now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return FILES_WITHOUT_LIMIT  # more is not counted on
    most = max(soft, FILES_WITHOUT_LIMIT) if hard == resource.RLIM_INFINITY else hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most


def serve(config: uvicorn.Config, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT; then the exit code is 0."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end_as_asked)  # uvicorn ends by itself, and raises the signal once more
    logger.info("Serving with at most %d open files, for %d connections", allow_files(), most_connections())
    start_giving_back()
    uvicorn.Server(config).run([listener])


def _end_as_asked(number: int, frame: FrameType | None) -> None:
    sys.exit(0)

"""uvicorn in this process: one set of options for laptop and production."""

import logging
import resource
import signal
import socket
import sys
from types import FrameType

import uvicorn
from django.conf import settings

from live.consumers import LARGEST_MESSAGE_BYTES
from realtime.origins import Application
from realtime.serving.application import bounded, ended, proxied
from realtime.serving.memory import start_giving_back
from realtime.serving.requests import Requests, most_connections
from realtime.serving.sockets import Sockets

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
    is_proxied: bool = False,
    requests: type[Requests] = Requests,
    sockets: type[Sockets] = Sockets,
) -> uvicorn.Config:
    """How `application` is served."""
    application = bounded(ended(application), settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    return uvicorn.Config(
        proxied(application) if is_proxied else application,
        workers=1,
        loop="uvloop",
        interface="asgi3",
        lifespan="off",
        http=requests,
        ws=sockets,
        ws_max_size=LARGEST_MESSAGE_BYTES,  # of what clients send; what we send may be larger
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        ws_per_message_deflate=False,  # each frame would be compressed for each of a thousand readers
        timeout_keep_alive=KEPT_SECONDS,
        timeout_graceful_shutdown=LAST_ANSWERS_SECONDS,
        proxy_headers=False,  # uvicorn's trusts addresses; we trust the one who is in front
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
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES_WITHOUT_LIMIT if hard == resource.RLIM_INFINITY else hard
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

"""`manage.py serve_web`: the web process, HTTP and WebSockets."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from live.consumers import LARGEST_MESSAGE_BYTES
from realtime.serving import CommandLine

PING_SECONDS = 20


class Command(BaseCommand):
    """Serves pages, REST and WebSockets until SIGTERM or SIGINT."""

    help = "Serve pages, the REST API and WebSockets with Daphne."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8080, help="port to listen on")
        parser.add_argument(
            "--proxied", action="store_true", help="trust X-Forwarded-For of a proxy in front"
        )

    def handle(self, *, host: str, port: int, proxied: bool, **options: Any) -> None:
        arguments = ["--bind", host, "--port", str(port), "--verbosity", "0"]
        arguments += ["--ping-interval", str(PING_SECONDS), "--ping-timeout", str(PING_SECONDS)]
        # Of what clients send, in one piece or many; what we send may be larger, see `realtime.serving`.
        arguments += ["--websocket-max-message-size", str(LARGEST_MESSAGE_BYTES)]
        arguments += ["--websocket-max-frame-size", str(LARGEST_MESSAGE_BYTES)]
        arguments += ["--proxy-headers"] if proxied else []
        CommandLine().run([*arguments, "realtime.asgi:application"])

"""`manage.py serve_web`: the web process, HTTP and WebSockets."""

from argparse import ArgumentParser
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from presence import present
from realtime.serving.server import listening, options, serve


class Command(BaseCommand):
    """Serves pages, REST and WebSockets until SIGTERM or SIGINT."""

    help = "Serve pages, the REST API and WebSockets."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8080, help="port to listen on")
        parser.add_argument(
            "--proxied", action="store_true", help="one proxy is in front, unless FORWARDED_BY says which"
        )

    def handle(self, *, host: str, port: int, proxied: bool, **_: Any) -> None:
        asgi = import_module("realtime.asgi")  # from here on this is the web process
        try:
            listener = listening(host, port)
        except OSError as error:
            raise CommandError(str(error)) from error
        stated = settings.FORWARDED_BY
        proxies = int(proxied) if stated is None else stated
        with present("web"):
            serve(options(asgi.everything, at_hand=asgi.at_hand, proxies=proxies), listener)

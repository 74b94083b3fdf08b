"""Real receivers of what channels are told."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from aiosmtpd.controller import Controller

from realtime.stack.servers import LOCALHOST, free_port


class Hook:
    """A receiver of webhooks: what came, in order, and what it answers; `drip` sends without an end."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.status, self.answer, self.location, self.drip = 200, b"thanks", "", False
        self.headers: dict[str, str] = {}
        self.port = 0
        self.scheme = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{LOCALHOST}:{self.port}/services/T0PSECRET?token=hidden-token"

    def take(self, headers: dict[str, str], body: bytes) -> None:
        """Whatever becomes of it."""
        self.heard.append((headers, body))

    def messages(self) -> list[dict[str, Any]]:
        """The bodies it has heard."""
        return [json.loads(body) for _, body in self.heard]

    def told(self) -> dict[str, list[str]]:
        """The keys of what was told, by those of messages, as a receiver has them that acts once on each."""
        return {each["key"]: [alert["key"] for alert in each["alerts"]] for each in self.messages()}


@contextmanager
def listening(hook: Hook, port: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[Hook]:
    """It answers until the block is left."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            hook.take({name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response_only(hook.status)
            if hook.location:
                self.send_header("Location", hook.location)
            for header in hook.headers.items():
                self.send_header(*header)
            if not hook.drip:
                self.send_header("Content-Length", str(len(hook.answer)))
            self.end_headers()
            self.wfile.write(hook.answer)
            while hook.drip:
                self.wfile.write(b"x" * 1024)

        do_GET = do_POST

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer((LOCALHOST, port), Handler)
    server.daemon_threads = True
    if tls:
        hook.scheme = "https"
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    hook.port = server.server_port
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Mailbox:
    """What a mail server took: recipients and message."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=default)))
        return "250 OK"


def send_by_mail(settings: Any) -> None:
    """To a server on this machine, which is not there yet."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = LOCALHOST, free_port()
    settings.DEFAULT_FROM_EMAIL = "alerts@desk.example"


@contextmanager
def taking_mail(port: int) -> Iterator[Mailbox]:
    """A server takes mails until the block is left."""
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname=LOCALHOST, port=port)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()

"""Probes of a process without a web server, for an orchestrator and for Prometheus."""

from collections.abc import Callable, Iterable
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.registry import Collector


class QuietHandler(WSGIRequestHandler):
    """Probes come every few seconds; nobody wants a line for each."""

    def log_message(self, format: str, *args: Any) -> None:
        return


def serve_probes(port: int, collector: Collector) -> WSGIServer:
    """Serve /healthz and /metrics from a thread of its own; `shutdown()` ends it."""
    registry = CollectorRegistry()
    registry.register(collector)
    figures = make_wsgi_app(registry)

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/metrics":
            return figures(environ, start_response)
        known = environ["PATH_INFO"] == "/healthz"
        start_response("200 OK" if known else "404 Not Found", [("Content-Type", "application/json")])
        return [b'{"status":"ok"}' if known else b'{"error":"not found"}']

    server = make_server("", port, application, handler_class=QuietHandler)
    Thread(target=server.serve_forever, name="probes", daemon=True).start()
    return server

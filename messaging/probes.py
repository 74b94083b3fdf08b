"""Probes of a process without a web server, for an orchestrator and for Prometheus."""

import json
from collections.abc import Callable, Iterable
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.registry import Collector

Body = dict[str, Any]


class QuietHandler(WSGIRequestHandler):
    """Probes come every few seconds; nobody wants a line for each."""

    def log_message(self, format: str, *args: Any) -> None:
        return


def serve_probes(port: int, collector: Collector, missing: Callable[[], dict[str, str]]) -> WSGIServer:
    """Serve /healthz, /ready and /metrics from a thread of its own; `shutdown()` ends it.

    `missing` names what the process cannot work without and has not, with a sentence for each.
    """
    registry = CollectorRegistry()
    registry.register(collector)
    figures = make_wsgi_app(registry)

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/metrics":
            return figures(environ, start_response)
        status, body = _answer(environ["PATH_INFO"], missing)
        start_response(status, [("Content-Type", "application/json")])
        return [json.dumps(body).encode()]

    server = make_server("", port, application, handler_class=QuietHandler)
    Thread(target=server.serve_forever, name="probes", daemon=True).start()
    return server


def _answer(path: str, missing: Callable[[], dict[str, str]]) -> tuple[str, Body]:
    if path == "/healthz":
        return "200 OK", {"status": "ok"}
    if path != "/ready":
        return "404 Not Found", {"error": "not found"}
    names = missing()
    status = "unavailable" if names else "ready"
    body = {"status": status, "missing": [*names], "warnings": [*names.values()]}
    return "503 Service Unavailable" if names else "200 OK", body

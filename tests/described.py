"""The product as its OpenAPI document describes it, and called through it within a test's transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from schemathesis.specs.openapi.schemas import OpenApiSchema

PLAIN = {"Accept-Encoding": "identity"}
"""Over WSGI nobody decompresses."""


@cache
def described() -> OpenApiSchema:
    """The document is the same for all tests, and takes a second to be made."""
    return schemathesis.openapi.from_wsgi("/api/schema", get_wsgi_application())


@contextmanager
def connection_kept() -> Iterator[None]:
    """A request may not close the connection that holds the test's transaction, as it would in life."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)

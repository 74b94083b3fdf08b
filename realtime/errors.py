"""What a visitor sees when a page cannot be made."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import defaults

RETRY_AFTER_SECONDS = 5


def server_error(request: HttpRequest) -> HttpResponse:
    """503 while the database is away (it holds the sessions, too), 500 for everything else."""
    if isinstance(sys.exc_info()[1], (OperationalError, InterfaceError)):
        answer = render(request, "503.html", status=503)
        answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return answer
    return defaults.server_error(request)

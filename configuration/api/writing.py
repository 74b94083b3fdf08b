"""Which requests may write: those are answered from memory in an emergency only."""

from typing import Protocol, runtime_checkable

from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request


@runtime_checkable
class Judge(Protocol):
    """A view that is sometimes asked what a change would do."""

    def only_judges(self, request: Request) -> bool:
        """Does this request ask that, and make none?"""


@runtime_checkable
class Emergency(Protocol):
    """A view that serves who was known lately while the database is away, although it writes."""

    def lands_without_database(self, request: Request) -> bool:
        """Is this such a request?"""


def may_write(request: Request) -> bool:
    """Not a read, and not a change that its view would only judge."""
    if request.method in SAFE_METHODS:
        return False
    view = request.parser_context.get("view")
    return not (isinstance(view, Judge) and view.only_judges(request))


def is_emergency(request: Request) -> bool:
    """Something that must be possible without the database: to halt."""
    view = request.parser_context.get("view")
    return isinstance(view, Emergency) and view.lands_without_database(request)

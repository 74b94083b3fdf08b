"""Which requests may write: those are never answered from memory."""

from typing import Protocol, runtime_checkable

from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request


@runtime_checkable
class Judge(Protocol):
    """A view that is sometimes asked what a change would do."""

    def only_judges(self, request: Request) -> bool:
        """Does this request ask that, and make none?"""


def may_write(request: Request) -> bool:
    """Not a read, and not a change that its view would only judge."""
    if request.method in SAFE_METHODS:
        return False
    view = request.parser_context.get("view")
    return not (isinstance(view, Judge) and view.only_judges(request))

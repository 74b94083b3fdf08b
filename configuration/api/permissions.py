"""Who may ask what."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView


@runtime_checkable
class Guarded(Protocol):
    """A view that names the permissions of which one is needed, by method."""

    permissions_by_method: Mapping[str, tuple[str, ...]]


class HasVerb(BasePermission):
    """The user has any of the permissions the view names for the method; one it does not serve is a 405.

    Which methods there are is told to anybody who is logged in.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not hasattr(view, str(request.method).lower()):
            return True
        if request.method == "OPTIONS":
            return bool(request.user and request.user.is_authenticated)
        wanted = view.permissions_by_method if isinstance(view, Guarded) else {}
        return any(request.user.has_perm(each) for each in wanted.get(str(request.method), ()))

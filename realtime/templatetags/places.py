"""What the header of every page shows: where one can go from here, and who looks."""

from typing import Any

from django import template
from django.contrib.auth.models import AnonymousUser
from django.db import Error as DatabaseError
from django.http import HttpRequest
from django.template.context import Context

from configuration.permissions import ACKNOWLEDGE
from realtime.navigation import ACCESS, ALERTS, WAYS, Place, may_go

register = template.Library()


@register.simple_tag(takes_context=True)
def places(context: Context) -> dict[str, Any]:
    """For this reader; a stranger's while the database is away, and on requests that are refused before anybody asks
    who sent them."""
    request = context["request"]
    try:
        return _shown_to(getattr(request, "user", AnonymousUser()), request)
    except DatabaseError:
        return _shown_to(AnonymousUser(), request)


def _shown_to(user: Any, request: HttpRequest) -> dict[str, Any]:
    def open_to_them(each: tuple[Place, ...]) -> list[dict[str, Any]]:
        return [
            {"title": place.title, "link": place.link, "is_here": place.is_at(request.path)}
            for place in each
            if may_go(user, place)
        ]

    return {
        "ways": open_to_them(WAYS),
        "access": open_to_them(ACCESS),
        "next": request.get_full_path(),
        "name": user.get_username() and (user.get_full_name() or user.get_username()),
        "hears_alerts": may_go(user, ALERTS),
        "may_acknowledge": may_go(user, ALERTS) and user.has_perm(ACKNOWLEDGE),
        "has_password": user.is_staff and user.has_usable_password(),
    }

"""What every configuration page shares: the log-in, the right to read, refusals shown as pages."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from configuration.exceptions import ConfigurationError, StoreUnavailable
from configuration.permissions import VIEW
from configuration.scopes import does
from desk.emergency import remember

P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, P], HttpResponse]


def page(view: Page[P], needs: str = VIEW) -> Page[P]:
    """A view for staff who may read configuration, or have what else it `needs`; what goes wrong with it is shown in
    the admin's frame."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            demand(request.user, needs)
            remember(request)
            return view(request, *args, **kwargs)
        except PermissionDenied as refusal:
            return render(request, "desk/refused.html", "Not allowed", status=403, refusal=refusal)
        except Http404 as refusal:
            return missing(request, refusal)
        except ConfigurationError as refusal:
            if refusal.status == HTTPStatus.NOT_FOUND:
                return missing(request, refusal)
            response = render(
                request, "desk/refused.html", "Not possible", status=refusal.status, refusal=refusal
            )
            if isinstance(refusal, StoreUnavailable):
                response["Retry-After"] = str(refusal.retry_after_seconds)
            return response

    return admin.site.admin_view(guarded)


def missing(request: HttpRequest, refusal: Exception) -> HttpResponse:
    """404 of what there is not, with the ways to what there is."""
    return render(request, "desk/refused.html", "Not found", status=404, refusal=refusal, is_missing=True)


def demand(user: Any, permission: str) -> None:
    """Raise PermissionDenied unless the account has it."""
    if not user.has_perm(permission):
        raise PermissionDenied(f"You may not {does(permission)}. Ask an administrator for a role that may.")


def render(
    request: HttpRequest, template: str, title: str, status: int = 200, **context: Any
) -> TemplateResponse:
    """A page in the admin's frame."""
    frame = admin.site.each_context(request)
    return TemplateResponse(request, template, {**frame, "title": title, **context}, status=status)


def level_url(strategy_id: str, symbol: str | None) -> str:
    """The form of one level."""
    if symbol is None:
        return reverse("tuning:global", args=[strategy_id])
    return reverse("tuning:symbol", args=[strategy_id, symbol])


def removal_url(strategy_id: str, symbol: str | None) -> str:
    """Where one level is removed."""
    if symbol is None:
        return reverse("tuning:remove-global", args=[strategy_id])
    return reverse("tuning:remove-symbol", args=[strategy_id, symbol])


def measured_url(strategy_id: str, symbol: str | None) -> str:
    """Where scripts ask what the market brought, beside the parameters that are held against it."""
    url = reverse("measured", args=[strategy_id])
    return f"{url}?{urlencode({'symbol': symbol})}" if symbol else url


def what_if_url(strategy_id: str, symbol: str | None) -> str:
    """Where scripts ask what values of a level would have done."""
    return (
        reverse("symbol-what-if", args=[strategy_id, symbol])
        if symbol
        else reverse("what-if", args=[strategy_id])
    )


def level_name(symbol: str | None) -> str:
    """A level in words."""
    return symbol or "all symbols"

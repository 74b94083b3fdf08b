"""What pages of the admin are called: by what is on them, in place of "Select user to change"."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin


def titled(response: HttpResponseBase, title: str) -> HttpResponseBase:
    """The page with another title; what is no page, a redirect for instance, as it is."""
    if isinstance(response, TemplateResponse) and response.context_data is not None:
        response.context_data["title"] = title
    return response


class TitledAdmin(ModelAdmin):
    """Base: lists are called by the plural of what they list (`realtime.apps.PLAIN_NAMES`), pages by their thing."""

    def called(self, thing: Any) -> str:
        """One of what is listed, in a few words."""
        return str(thing)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        thing = context["original"]
        name = self.called(thing) if thing else f"New {self.opts.verbose_name}"
        return super().render_change_form(
            request, context | {"title": name, "subtitle": None}, *args, **kwargs
        )

    def render_delete_form(self, request: HttpRequest, context: dict[str, Any]) -> Any:
        return super().render_delete_form(
            request, {**context, "title": f"Delete {self.called(context['object'])}"}
        )

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        response = super().history_view(request, object_id, extra_context)
        thing = self.get_object(request, object_id)
        return titled(response, f"History of {self.called(thing)}") if thing else response

"""What pages of the admin are called: by what is on them, in place of "Select user to change"; and what they offer."""

from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from unfold.admin import ModelAdmin

from realtime.errors import NothingThere


def titled(response: HttpResponseBase, title: str) -> HttpResponseBase:
    """The page with another title; what is no page, a redirect for instance, as it is."""
    if isinstance(response, TemplateResponse) and response.context_data is not None:
        response.context_data["title"] = title
    return response


class TitledAdmin(ModelAdmin):
    """Base: lists are called by the plural of what they list (`realtime.apps.PLAIN_NAMES`), pages by their thing.

    A form is saved, and that is all; things are deleted one by one, on a page that says what `deleting` one means.
    """

    actions: Any = None
    deleting = ""

    def called(self, thing: Any) -> str:
        """One of what is listed, in a few words."""
        return str(thing)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        thing = context["original"]
        name = self.called(thing) if thing else f"New {self.opts.verbose_name}"
        one_way_on = {"show_save_and_continue": False, "show_save_and_add_another": False}
        return super().render_change_form(
            request, context | one_way_on | {"title": name, "subtitle": None}, *args, **kwargs
        )

    def render_delete_form(self, request: HttpRequest, context: dict[str, Any]) -> Any:
        shown = {"title": f"Delete {self.called(context['object'])}", "deleting": self.deleting}
        return super().render_delete_form(request, context | shown)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied  # before it is known whether there is such a thing
        response = super().history_view(request, object_id, extra_context)
        return titled(response, f"History of {self.called(self.get_object(request, unquote(object_id)))}")

    def nothing_there(self) -> NothingThere:
        """The refusal where nothing of the kind is at an address."""
        link = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return NothingThere(str(self.opts.verbose_name), link, capfirst(self.opts.verbose_name_plural))

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> Any:
        """Django leads home, where nobody knows what is missing."""
        raise self.nothing_there()

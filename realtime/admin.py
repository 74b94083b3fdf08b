"""Accounts in the admin: people, roles and API tokens, each in a module of its own; and refused log-ins."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from login import counting
from login.domain import FORGOTTEN_AFTER
from login.models import PasswordCount
from realtime import admin_people, admin_tokens  # noqa: F401  # they register themselves
from realtime.admin_titles import TitledAdmin


@admin.register(PasswordCount)
class PasswordCountAdmin(TitledAdmin):
    """Who has tried wrong passwords lately, and must wait for it unless an administrator lets him in."""

    list_display = ("account_shown", "address_shown", "failures", "failed_at", "succeeded_at")
    list_display_links = None
    list_filter = ("failed_at",)
    list_before_template = "realtime/refused_about.html"
    search_fields = ("account", "address")
    ordering = ("-failed_at",)
    deleting = "What is known of the account at this address is forgotten, also that it has logged in there."
    actions = ("let_in",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PasswordCount]:
        since = timezone.now() - FORGOTTEN_AFTER
        return super().get_queryset(request).filter(failures__gt=0, failed_at__gt=since)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """To delete a count forgets, too, where the account is known."""
        return {
            name: each for name, each in super().get_actions(request).items() if name != "delete_selected"
        }

    @display(description="Account", ordering="account")
    def account_shown(self, count: PasswordCount) -> str:
        return count.account or "any"

    @display(description="Address", ordering="address")
    def address_shown(self, count: PasswordCount) -> str:
        return count.address or "any"

    @admin.action(description="Let in again", permissions=["delete"])
    def let_in(self, request: HttpRequest, queryset: QuerySet[PasswordCount]) -> None:
        """All counts of the accounts, at whatever address; and those of addresses alone."""
        for count in queryset:
            if count.account:
                counting.let_in(count.account)
            else:
                counting.let_in_from(count.address)
        messages.success(request, "Their wrong passwords are forgotten: they may log in at once.")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

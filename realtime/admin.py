"""Accounts in the admin: users, groups, API tokens and refused log-ins."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import quote
from django.contrib.auth.admin import GroupAdmin as BaseGroupAdmin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from knox.admin import AuthTokenCreateForm
from knox.models import AuthToken
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminSelectWidget

from configuration.service_accounts import owners_of_new_tokens
from login import counting
from login.domain import FORGOTTEN_AFTER
from login.models import PasswordCount

for model in (User, Group, AuthToken):
    admin.site.unregister(model)

SUPERUSER_ONLY = ("is_superuser", "user_permissions")


def within_reach(user: Any, users: QuerySet[User]) -> QuerySet[User]:
    """The accounts `user` may manage: a superuser's only when they are one."""
    return users if user.is_superuser else users.filter(is_superuser=False)


class PasswordForm(AdminPasswordChangeForm):
    """A new password of somebody. A person stays one, and who becomes one has no token that others have made."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("usable_password", None)

    def save(self, commit: bool = True) -> User:
        if not self.user.has_usable_password():
            AuthToken.objects.filter(user=self.user).delete()
        return super().save(commit)


@admin.register(User)
class UserAdmin(BaseUserAdmin, ModelAdmin):
    """People. Nobody can make themselves, or take over, a superuser without being one."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = PasswordForm
    list_display = ("username", "email", "groups_shown", "is_active", "is_staff", "last_login")
    list_filter = ("groups", "is_active", "is_staff")

    @display(description="Groups")
    def groups_shown(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all()) or "–"

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = (*super().get_readonly_fields(request, obj), "last_login", "date_joined")
        return fields if request.user.is_superuser else (*fields, *SUPERUSER_ONLY)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _is_within_reach(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _is_within_reach(request, obj)


def _is_within_reach(request: HttpRequest, account: User | None) -> bool:
    return account is None or request.user.is_superuser or not account.is_superuser


@admin.register(Group)
class GroupAdmin(BaseGroupAdmin, ModelAdmin):
    """Roles."""


class TokenForm(AuthTokenCreateForm):
    """A token for one account, with an end."""

    lifetime = forms.TypedChoiceField(
        label="Valid for",
        coerce=int,
        choices=[(30, "30 days"), (90, "90 days"), (365, "1 year")],
        initial=90,
        widget=UnfoldAdminSelectWidget,
    )

    class Meta(AuthTokenCreateForm.Meta):
        fields = ["user"]

    def save(self, commit: bool = True) -> AuthToken:
        self.instance.expiry = timezone.now() + timedelta(days=self.cleaned_data["lifetime"])
        return super().save(commit)


@admin.register(AuthToken)
class TokenAdmin(ModelAdmin):
    """API tokens: the secret is shown once, when it is made; deleting a token revokes it."""

    list_display = ("beginning", "owner", "created", "expires", "state", "revoke")
    list_display_links = None
    list_select_related = ("user",)
    list_before_template = "realtime/tokens/about.html"
    search_fields = ("token_key", "user__username")
    ordering = ("-created",)
    actions = None
    add_form_template = "realtime/tokens/form.html"
    delete_confirmation_template = "realtime/tokens/revoke.html"

    @display(description="Token", ordering="token_key")
    def beginning(self, token: AuthToken) -> str:
        return f"{token.token_key[:8]}…"

    @display(description="Owner", ordering="user__username")
    def owner(self, token: AuthToken) -> str:
        return str(token.user.get_username())

    @display(description="Valid until", ordering="expiry", empty_value="for ever")
    def expires(self, token: AuthToken) -> Any:
        return token.expiry

    @display(description="State", label={"active": "success", "expired": "warning"})
    def state(self, token: AuthToken) -> str:
        return "expired" if token.expiry and token.expiry <= timezone.now() else "active"

    @display(description="Revoke")
    def revoke(self, token: AuthToken) -> str:
        address = reverse("admin:knox_authtoken_delete", args=[quote(token.pk)])
        words = f"the token {self.beginning(token)} of {token.user.get_username()}"
        return format_html('<a class="link" href="{}" aria-label="Revoke {}">Revoke</a>', address, words)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("user", "lifetime") if obj is None else ("beginning", "user", "created", "expiry", "state")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else ("beginning", "user", "created", "expiry", "state")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = TokenForm
        return super().get_form(request, obj, change, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name != "user":
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        owners = owners_of_new_tokens(request.user, User.objects.order_by("username"))
        kwargs["queryset"] = within_reach(request.user, owners)
        return db_field.formfield(label="Account", initial=request.user.pk, empty_label=None, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        obj.secret = form.token  # for the answer to this request; only its hash is stored

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "Created",
            "opts": self.opts,
            "token": obj,
            "base_url": request.build_absolute_uri("/").rstrip("/"),
        }
        return TemplateResponse(request, "realtime/tokens/created.html", context)

    def render_delete_form(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        return super().render_delete_form(request, {**context, "title": "Revoke", "token": context["object"]})

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: Any) -> HttpResponse:
        messages.success(request, "The token is revoked: requests that send it are refused from now on.")
        return redirect("admin:knox_authtoken_changelist")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(PasswordCount)
class PasswordCountAdmin(ModelAdmin):
    """Who has said wrong passwords lately, and must wait for it unless an administrator lets him in."""

    list_display = ("account_shown", "address_shown", "failures", "failed_at", "succeeded_at")
    list_display_links = None
    list_filter = ("failed_at",)
    list_before_template = "realtime/refused_about.html"
    search_fields = ("account", "address")
    ordering = ("-failed_at",)
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

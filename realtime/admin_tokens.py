"""API tokens in the admin.

One form makes a service account and its token. Everybody who may enter can make tokens of their own, for no more than
they may themselves; those of service accounts are for administrators.
"""

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import quote
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from knox.models import AuthToken
from unfold.admin import ModelAdmin
from unfold.decorators import display

from configuration.scopes import in_words, wholly_within_rights, within_rights
from configuration.service_accounts import (
    new_service_account,
    new_token,
    owners_of_new_tokens,
    sound_name,
)
from login.models import LONGEST_NAME
from realtime.admin_people import within_reach
from realtime.admin_titles import TitledAdmin

admin.site.unregister(AuthToken)

SOON = timedelta(days=14)
"""A token that ends within so long is to be replaced."""
LIST = "admin:knox_authtoken_changelist"


class TokenForm(forms.Form):
    """What a token is for, and until when; for a service account that there is not yet, also its name."""

    name = forms.CharField(
        label="Name of the new service account",
        max_length=LONGEST_NAME,
        help_text="What the history shows when the program changes something, as quoting-bot.",
    )
    purpose = forms.CharField(
        label="Purpose",
        max_length=200,
        required=False,
        help_text="For whoever looks at the list of tokens in a year.",
    )
    scopes = forms.MultipleChoiceField(
        label="It may",
        widget=forms.CheckboxSelectMultiple,
        initial=["metrics"],
        error_messages={"required": "Choose at least one."},
    )
    lifetime = forms.TypedChoiceField(
        label="Valid for",
        coerce=lambda days: timedelta(days=int(days)),
        choices=[(30, "30 days"), (90, "90 days"), (365, "1 year")],
        initial=90,
    )

    def __init__(self, data: Any, *, account: User | None, maker: Any) -> None:
        super().__init__(data)
        self.account = account
        if account is not None:
            del self.fields["name"]
        allowed = within_rights(account) if account else wholly_within_rights(maker)
        scopes = cast(forms.MultipleChoiceField, self.fields["scopes"])
        label = '{}<span class="hint">{}</span>'
        scopes.choices = [(scope.name, format_html(label, scope.words, scope.lets)) for scope in allowed]

    def clean_name(self) -> str:
        return sound_name(self.cleaned_data["name"])

    def make(self, maker: str) -> tuple[AuthToken, str]:
        """The token and its secret."""
        entered = self.cleaned_data
        account = self.account or new_service_account(entered["name"], entered["scopes"])
        return new_token(
            account, entered["scopes"], purpose=entered["purpose"], made_by=maker, life=entered["lifetime"]
        )


@admin.register(AuthToken)
class TokenAdmin(TitledAdmin):
    """API tokens: the secret is shown once, when it is made; deleting a token revokes it."""

    list_display = ("beginning", "owner", "purpose", "scopes", "state", "used", "made", "revoke")
    list_display_links = None
    list_before_template = "realtime/tokens/about.html"
    search_fields = ("token_key", "user__username", "grant__purpose")
    ordering = ("-created",)
    delete_confirmation_template = "realtime/tokens/revoke.html"

    # -- The list -----------------------------------------------------------------------------

    @display(description="Token", ordering="token_key")
    def beginning(self, token: AuthToken) -> str:
        return f"{token.token_key[:8]}…"

    @display(description="Account", ordering="user__username")
    def owner(self, token: AuthToken) -> str:
        return str(token.user.get_username())

    @display(description="Purpose")
    def purpose(self, token: AuthToken) -> str:
        return (hasattr(token, "grant") and token.grant.purpose) or "–"

    @display(description="May")
    def scopes(self, token: AuthToken) -> str:
        return in_words(token.grant.scopes if hasattr(token, "grant") else None)

    @display(
        description="Valid until",
        ordering="expiry",
        label={"active": "success", "ends soon": "warning", "expired": "danger"},
    )
    def state(self, token: AuthToken) -> tuple[str, str]:
        return state_of(token), until(token)

    @display(description="Last use", ordering="grant__used_at")
    def used(self, token: AuthToken) -> str:
        used_at = token.grant.used_at if hasattr(token, "grant") else None
        return f"{used_at:%-d %b %Y, %H:%M} UTC" if used_at else "never"

    @display(description="Made", ordering="created")
    def made(self, token: AuthToken) -> str:
        by = token.grant.made_by if hasattr(token, "grant") else ""
        return f"{token.created:%-d %b %Y}{f' by {by}' if by else ''}"

    @display(description="Revoke")
    def revoke(self, token: AuthToken) -> str:
        if not token.is_revocable:
            return ""
        address = reverse("admin:knox_authtoken_delete", args=[quote(token.pk)])
        return format_html(
            '<a class="button small danger" href="{}" aria-label="Revoke the token {}">Revoke…</a>',
            address,
            self.called(token),
        )

    def called(self, thing: AuthToken) -> str:
        """Nothing of the hash, by which Django would call it."""
        return f"{self.beginning(thing)} of {thing.user.get_username()}"

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuthToken]:
        """Those they may see, each with `is_revocable`: may they end it?"""
        own = Q(user__pk=request.user.pk)
        anybodys = ~Q(pk__in=())
        revocable = anybodys if request.user.has_perm("knox.delete_authtoken") else own
        tokens = super().get_queryset(request).select_related("user", "grant")
        return tokens.annotate(is_revocable=ExpressionWrapper(revocable, BooleanField())).filter(
            anybodys if request.user.has_perm("knox.view_authtoken") else own
        )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("beginning", "owner", "purpose", "scopes", "created", "expiry", "used", "made")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, (extra_context or {}) | {"maker": request.user})

    # -- A new token --------------------------------------------------------------------------

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        account = self._account(request)
        form = TokenForm(
            request.POST if request.method == "POST" else None, account=account, maker=request.user
        )
        around = {**self.admin_site.each_context(request), "opts": self.opts}
        if not form.is_valid():
            context = {**around, "title": "New token", "form": form, "account": account}
            return TemplateResponse(request, "realtime/tokens/form.html", context)
        with transaction.atomic():
            token, secret = form.make(request.user.get_username())
            what = in_words(token.grant.scopes)
            if account is None:
                self.log_addition(request, token.user, f"Made as a service account, for: {what}.")
            self.log_addition(request, token, f"For: {what}.")
        context = {
            **around,
            "title": "New token",
            "token": token,
            "secret": secret,
            "scopes": what,
            "example": reverse("whoami"),
            "base_url": request.build_absolute_uri("/").rstrip("/"),
        }
        return TemplateResponse(request, "realtime/tokens/created.html", context)

    def _account(self, request: HttpRequest) -> User | None:
        """Whose token is asked for: that of `user`, or None for a service account that is made with it.

        Who may make none gets their own. Raises PermissionDenied where they may not have what they ask for.
        """
        named = (request.POST if request.method == "POST" else request.GET).get("user")
        if not self.may_serve(request):
            named = named or str(request.user.pk)
        if not named:
            return None
        owners = owners_of_new_tokens(request.user, User.objects.filter(is_active=True))
        reached = {str(each.pk): each for each in within_reach(request.user, owners)}
        account = reached.get(named)
        if account is None or not (self.may_serve(request) or account.pk == request.user.pk):
            raise PermissionDenied
        return account

    def may_serve(self, request: HttpRequest) -> bool:
        """May they make service accounts, and tokens of those?"""
        return bool(request.user.has_perm("knox.add_authtoken"))

    # -- The end of one -----------------------------------------------------------------------

    def render_delete_form(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        """Asked once: who takes the wrong one stops a program that trades."""
        token: AuthToken = context["object"]
        grant = getattr(token, "grant", None)
        shown = {
            "title": f"Revoke {self.called(token)}",
            "token": token,
            "scopes": in_words(grant and grant.scopes),
            "used": self.used(token),
        }
        return cast(HttpResponse, ModelAdmin.render_delete_form(self, request, {**context, **shown}))

    def delete_model(self, request: HttpRequest, obj: AuthToken) -> None:
        words = f"The token {self.called(obj)} is revoked: requests that send it are refused from now on."
        super().delete_model(request, obj)
        messages.success(request, words)

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: Any) -> HttpResponse:
        return redirect(LIST)

    # -- Who may ------------------------------------------------------------------------------

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or obj.user_id == request.user.pk or super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or obj.user_id == request.user.pk or super().has_delete_permission(request, obj)


def state_of(token: AuthToken) -> str:
    """Expired, active, or active and to be replaced soon."""
    if token.expiry is None:
        return "active"
    left = token.expiry - timezone.now()
    if left <= timedelta():
        return "expired"
    return "ends soon" if left < SOON else "active"


def until(token: AuthToken) -> str:
    """When it ends, with what there is to add."""
    if token.expiry is None:
        return "for ever"
    end = f"{token.expiry:%-d %b %Y, %H:%M} UTC"
    state = state_of(token)
    if state == "ends soon":
        days = (token.expiry - timezone.now()).days
        return f"{end}, {f'in {days} days' if days > 1 else 'within two days'}"
    return f"{end}, expired" if state == "expired" else end

"""People and roles in the admin.

A person is a name and one or more roles, made in one form. The first password is nobody's but theirs: they choose it by
a link that is shown once, works once and for PASSWORD_RESET_TIMEOUT. Whoever has a role may enter (`login.roles`).
"""

import secrets
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as BaseGroupAdmin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.encoding import force_bytes
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode, urlsafe_base64_encode
from django.utils.safestring import SafeString
from knox.models import AuthToken
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm
from unfold.widgets import UnfoldAdminTextInputWidget

from configuration.scopes import SCOPES
from configuration.service_accounts import IS_SERVICE_ACCOUNT
from configuration.service_accounts import set_rights as set_rights_of_service_account
from login.models import LONGEST_NAME
from login.rights import permissions_of
from login.roles import follow_roles
from realtime import roles
from realtime.admin_titles import TitledAdmin, titled
from realtime.choosing_password import links
from realtime.password_change import FaultsAtTheFirst

for model in (User, Group):
    admin.site.unregister(model)


def within_reach(user: Any, users: QuerySet[User]) -> QuerySet[User]:
    """The accounts `user` may manage: a superuser's only when they are one."""
    return users if user.is_superuser else users.filter(is_superuser=False)


class RoleField(forms.ModelMultipleChoiceField):
    """Roles to tick, each with what it is for."""

    def __init__(self, **kwargs: Any) -> None:
        everyone = Group.objects.order_by("pk").prefetch_related("permissions__content_type")
        super().__init__(everyone, widget=forms.CheckboxSelectMultiple, label="Roles", **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name}: {roles.in_words(permissions_of(obj))}"


class NewPersonForm(forms.ModelForm):
    """Whom to let in, and as what."""

    username = forms.CharField(
        label="Name",
        max_length=LONGEST_NAME,
        help_text="What they log in with, and what the history shows. It stays.",
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "autofocus": True}),
    )
    groups = RoleField(help_text="At least one: only who has a role may log in.")

    class Meta:
        model = User
        fields = ("username", "groups")

    def clean_username(self) -> str:
        name = User.normalize_username(self.cleaned_data["username"])
        if User.objects.filter(username__iexact=name).exists():
            raise forms.ValidationError("There is an account of this name already.")
        return str(name)

    def save(self, commit: bool = True) -> User:
        """With a password that nobody knows: without any it would be a service account."""
        self.instance.set_password(secrets.token_urlsafe(32))
        return super().save(commit)


class AccountForm(forms.ModelForm):
    """An account that there is: a person, who has roles, or a service account, which has rights of its own."""

    groups = RoleField(required=False, help_text="Without any role nobody can log in.")
    rights = forms.MultipleChoiceField(
        label="Rights",
        required=False,
        choices=[(scope.name, scope.words) for scope in SCOPES.values() if scope.name != "metrics"],
        widget=forms.CheckboxSelectMultiple,
        help_text="Beside those of roles. Tokens may of these what they were made for.",
    )

    class Meta:
        model = User
        fields = ("username", "email", "is_active", "is_superuser", "groups")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.has_usable_password() and "is_active" in self.fields:
            self.fields["is_active"].label = "Its tokens work"
        if "rights" in self.fields:
            own = permissions_of(self.instance)
            self.fields["rights"].initial = [
                name for name, scope in SCOPES.items() if scope.permissions <= own
            ]


class PasswordForm(FaultsAtTheFirst, AdminPasswordChangeForm):
    """A new password of somebody. A person stays one, and who becomes one has no token that others have made."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("usable_password", None)

    def save(self, commit: bool = True) -> User:
        if not self.user.has_usable_password():
            AuthToken.objects.filter(user=self.user).delete()
        return super().save(commit)


class KindFilter(admin.SimpleListFilter):
    """People, or service accounts."""

    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("person", "People"), ("service", "Service accounts")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        services = queryset.filter(IS_SERVICE_ACCOUNT)
        if self.value() == "service":
            return services
        return queryset.exclude(pk__in=services) if self.value() == "person" else queryset


@admin.register(User)
class UserAdmin(TitledAdmin, BaseUserAdmin):
    """People, and the accounts of programs. Nobody can make themselves, or take over, a superuser without being one."""

    form = AccountForm
    change_password_form = PasswordForm
    list_display = ("username", "kind", "roles_shown", "is_active", "last_login")
    list_filter = (KindFilter, "groups", "is_active")
    search_fields = ("username", "email")
    filter_horizontal = ()
    deleting = (
        "Nobody can log in as this account any more, and its API tokens end at once. What it changed and halted stays "
        "in the history under its name; what it did to other accounts is forgotten. To keep that as well, take away "
        "“May log in” instead."
    )

    class Media:
        css = {"all": ["realtime/css/people.css"]}

    @display(description="Kind")
    def kind(self, user: User) -> str:
        return "person" if user.has_usable_password() else "service account"

    @display(description="Roles")
    def roles_shown(self, user: User) -> str:
        names = [group.name for group in user.groups.all()]
        return ", ".join(["Superuser", *names] if user.is_superuser else names) or "–"

    @display(description="All in all")
    def rights_in_sum(self, user: User) -> str:
        if user.is_superuser:
            return "May everything."
        return roles.in_words(user.get_all_permissions())

    @display(description="Last log-in")
    def log_in(self, user: User) -> str:
        if not user.has_usable_password():
            return "A service account: nobody can log in as it."
        return f"{user.last_login:%-d %b %Y, %H:%M} UTC" if user.last_login else "Never"

    @display(description="Invitation")
    def invitation(self, user: User) -> SafeString:
        """Whether they have been in, and the way to another link."""
        words = "" if user.last_login else "Not accepted yet. "
        link = reverse("admin:auth_user_link", args=[user.pk])
        return format_html('{}<a class="link" href="{}">New link to choose a password…</a>', words, link)

    @display(description="API tokens")
    def tokens(self, user: User) -> str:
        """How many there are, for whoever may not see them."""
        return str(AuthToken.objects.filter(user=user).count() or "No token")

    @display(description="API tokens")
    def tokens_and_way(self, user: User) -> SafeString:
        """With the ways to them, and for a service account to another."""
        listed = f"{reverse('admin:knox_authtoken_changelist')}?{urlencode({'q': user.get_username()})}"
        ways = [(listed, "Show them")] if AuthToken.objects.filter(user=user).exists() else []
        if not user.has_usable_password():
            ways.append((f"{reverse('admin:knox_authtoken_add')}?user={user.pk}", "Another token…"))
        links = format_html_join("", ' <a class="link" href="{}">{}</a>', ways)
        return format_html("{}{}", self.tokens(user), links)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        who = ["username", "email", "is_active", "log_in", *self._ways_on(request, obj)]
        may = self._may_be_given(request, obj)
        return [(None, {"fields": who}), ("What they may", {"fields": [*may, "rights_in_sum"]})]

    def _ways_on(self, request: HttpRequest, account: User) -> list[str]:
        """The fields that lead to a link for them and to their tokens, for whoever may have those."""
        tokens = "tokens_and_way" if self._may_have_tokens(request, account) else "tokens"
        invites = account.has_usable_password() and self.has_change_permission(request, account)
        return ["invitation", tokens] if invites else [tokens]

    def _may_have_tokens(self, request: HttpRequest, account: User) -> bool:
        """May they see those of a person, or make those of a service account, that works?"""
        if account.has_usable_password():
            return request.user.has_perm("knox.view_authtoken")
        is_open = account.is_active and _is_within_reach(request, account)
        return is_open and request.user.has_perm("knox.add_authtoken")

    def _may_be_given(self, request: HttpRequest, obj: Any) -> list[str]:
        """The fields that ask for it; to who may only look, one that shows the roles."""
        if not self.has_change_permission(request, obj):
            return ["roles_shown"] if obj.has_usable_password() or obj.groups.exists() else []
        may = ["groups"] if obj.has_usable_password() else ["rights"]
        if "rights" not in may and obj.user_permissions.exists():
            may.append("rights")  # of earlier days, or of a service account that has become a person
        if obj.groups.exists() and "groups" not in may:
            may.append("groups")
        if request.user.is_superuser:
            may.append("is_superuser")
        return may

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        shown = {name for _, options in self.get_fieldsets(request, obj) for name in options["fields"]}
        for name in ("groups", "rights"):
            if name not in shown:
                form.base_fields.pop(name, None)
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("username", "log_in", "invitation", "tokens", "tokens_and_way", "rights_in_sum")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if "rights" in form.cleaned_data:
            set_rights_of_service_account(form.instance, form.cleaned_data["rights"])
        follow_roles([form.instance])

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """With the roles and rights there are from now on: who gave them to whom is what is asked later."""
        message = super().construct_change_message(request, form, formsets, add)
        for name, words in (("groups", "roles"), ("rights", "rights")):
            if name in form.changed_data:
                chosen = ", ".join(map(str, form.cleaned_data[name])) or "none"
                message.append({"changed": {"fields": [f"{words}: {chosen}"]}})
        return message

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        if not self.has_change_permission(request):
            raise PermissionDenied
        person = self.get_object(request, id)
        if person is None:
            raise self.nothing_there()
        response = super().user_change_password(request, id, form_url)
        return titled(response, f"New password of {person}")

    # -- A new person, and the link -----------------------------------------------------------

    def get_urls(self) -> list[Any]:
        link = path("<int:pk>/link/", self.admin_site.admin_view(self.link_view), name="auth_user_link")
        return [link, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = NewPersonForm(request.POST if request.method == "POST" else None)
        if not form.is_valid():
            return self._page(request, "form", {"title": "New person", "form": form})
        with transaction.atomic():
            person = form.save()
            given = ", ".join(str(role) for role in form.cleaned_data["groups"])
            self.log_addition(request, person, f"Made with the roles: {given}.")
        return self._with_link(request, person)

    def link_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Asked for and shown: a new link for somebody who has lost theirs, or their password."""
        person = self.get_object(request, str(pk))
        if not self.has_change_permission(request, person):
            raise PermissionDenied
        if person is None or not person.has_usable_password():
            raise self.nothing_there()
        if request.method != "POST":
            return self._page(request, "ask_link", {"title": "New link", "person": person})
        self.log_change(request, person, "Got a link to choose a password.")
        return self._with_link(request, person)

    def _with_link(self, request: HttpRequest, person: User) -> HttpResponse:
        words = (urlsafe_base64_encode(force_bytes(person.pk)), links.make_token(person))
        context = {
            "title": person.get_username(),
            "person": person,
            "link": request.build_absolute_uri(reverse("choose-password", args=words)),
            "valid_for": timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
            "rights": self.rights_in_sum(person),
        }
        return self._page(request, "link", context)

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        around = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, f"realtime/people/{name}.html", around | context)

    # -- Who may ------------------------------------------------------------------------------

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Who makes a person gives roles, too, and hands out the link: as much as changing one."""
        return super().has_add_permission(request) and self.has_change_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _is_within_reach(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _is_within_reach(request, obj)


def _is_within_reach(request: HttpRequest, account: User | None) -> bool:
    return account is None or request.user.is_superuser or not account.is_superuser


class RoleForm(forms.ModelForm):
    """A role's name and what it is for."""

    rights = forms.MultipleChoiceField(
        label="Whoever has it may",
        required=False,
        choices=[(right.name, right.words) for right in roles.RIGHTS.values()],
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Group
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "rights" in self.fields:
            self.fields["rights"].initial = roles.held(permissions_of(self.instance))


@admin.register(Group)
class GroupAdmin(TitledAdmin, BaseGroupAdmin):
    """Roles: whoever has one may enter the admin, and there do what it is for."""

    form = RoleForm
    filter_horizontal = ()
    list_display = ("name", "meaning", "members")
    deleting = "Whoever has it loses what it gives, and can log in no more without another role."

    class Media:
        css = {"all": ["realtime/css/people.css"]}

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None or self.has_change_permission(request, obj):
            return ("name", "rights")
        return ("name", "meaning", "members")

    @display(description="What it is for")
    def meaning(self, role: Group) -> str:
        return roles.in_words(permissions_of(role))

    @display(description="Who has it")
    def members(self, role: Group) -> str:
        return ", ".join(user.get_username() for user in role.user_set.all()) or "–"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return super().get_queryset(request).prefetch_related("permissions__content_type", "user_set")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        roles.set_rights(form.instance, form.cleaned_data["rights"])

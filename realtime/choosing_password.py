"""Where somebody chooses their password, by a link that an administrator has handed them (`realtime.admin_people`)."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import User
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.contrib.auth.views import PasswordResetConfirmView
from django.urls import reverse_lazy
from unfold.widgets import UnfoldAdminPasswordWidget

from realtime.password_change import FaultsAtTheFirst


class Links(PasswordResetTokenGenerator):
    """What a link is signed over: also whether it is that of a superuser, which others may not hand out."""

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.is_superuser}"


links = Links()


class ChosenPasswordForm(FaultsAtTheFirst, SetPasswordForm):
    """The new password, twice."""

    def __init__(self, user: User | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        for field in self.fields.values():
            field.widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})


class ChoosePassword(PasswordResetConfirmView):
    """A link works once: what it is signed over changes with the password, and with any log-in."""

    form_class = ChosenPasswordForm
    token_generator = links
    template_name = "realtime/people/choose.html"
    title = "Choose your password"
    success_url = reverse_lazy("admin:index")
    post_reset_login = True
    post_reset_login_backend = settings.AUTHENTICATION_BACKENDS[-1]

    def get_user(self, uidb64: str) -> User | None:
        """Nobody who may not log in: a service account, or one that is closed."""
        user: User | None = super().get_user(uidb64)
        return user if user and user.is_active and user.has_usable_password() else None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = {**admin.site.each_context(self.request), **super().get_context_data(**kwargs)}
        title = self.title if self.validlink else "This link does not work"
        return context | {"person": self.user, "title": title}

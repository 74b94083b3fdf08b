"""Changing one's own password. The old one is a password that can be guessed, and is counted as at the log-in.

What is wrong with a new password stands where it was entered first; Django shows it where it was repeated.
"""

from typing import Any

from django.contrib import admin
from django.contrib.auth import authenticate
from django.contrib.auth.forms import SetPasswordMixin
from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse_lazy
from unfold.forms import AdminOwnPasswordChangeForm

REPEATED = "password2"  # the field, where Django names none


class FaultsAtTheFirst(SetPasswordMixin):
    """Of two fields for a new password, the second is wrong only where it differs."""

    def validate_password_for_user(self, user: Any, password_field_name: str = REPEATED) -> None:
        first = password_field_name.replace("2", "1")
        super().validate_password_for_user(user, password_field_name=first)


class CountedPasswordChangeForm(FaultsAtTheFirst, AdminOwnPasswordChangeForm):
    """Asks for the old password and twice for the new one."""

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request = request

    def clean_old_password(self) -> str:
        """Raises TooManyGuesses where it comes too early."""
        old = str(self.cleaned_data["old_password"])
        if authenticate(self._request, username=self.user.get_username(), password=old) is None:
            raise ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return old


class PasswordChange(PasswordChangeView):
    """In the place of the admin's own page, and as it looks."""

    form_class = CountedPasswordChangeForm
    success_url = reverse_lazy("admin:password_change_done")
    title = "Change your password"

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**admin.site.each_context(self.request), **super().get_context_data(**kwargs)}


password_change = admin.site.admin_view(PasswordChange.as_view(), cacheable=True)

"""What Django and unfold say on our pages, in our words. Both look up every sentence in gettext's catalogue of English:
what stands here is merged into it, so that one table serves the forms, lists and messages of all pages."""

from gettext import GNUTranslations
from typing import Any

from django.conf import settings
from django.utils.translation import trans_real

FIELDS = {
    "This field is required.": "This must not be left empty.",
    "Null characters are not allowed.": "There is a character in it that cannot be kept.",
    "Enter a valid date.": "Enter a day such as 2026-11-28.",
    "Enter a valid email address.": "Enter an e-mail address such as rita@desk.example.",
    "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.": (
        "A name has letters, digits and @ . + - _ only."
    ),
    "%(model_name)s with this %(field_label)s already exists.": "There is one of this name already.",
    "Select a valid choice. %(value)s is not one of the available choices.": "%(value)s cannot be chosen here.",
    "Select a valid choice. That choice is not one of the available choices.": (
        "What was chosen is no longer there: choose again."
    ),
    "“%(pk)s” is not a valid value.": "%(pk)s cannot be chosen here.",
    "Enter a list of values.": "Choose from the list.",
}
PASSWORDS = {
    "Please enter the correct %(username)s and password for a staff account. Note that both fields may be "
    "case-sensitive.": (
        "Name and password do not belong together, or this account may not log in. Capitals matter in both."
    ),
    "This account is inactive.": "This account is closed.",
    "Your old password was entered incorrectly. Please enter it again.": "This is not your password.",
    "The two password fields didn’t match.": "This is not the same as above.",
    "Enter the same password as before, for verification.": "The same again.",
    "This password is too common.": "It is among those that are guessed first.",
    "The password is too similar to the %(verbose_name)s.": "It is too much like the %(verbose_name)s.",
    "Your password can’t be too similar to your other personal information.": ("Not much like the name."),
    "Your password can’t be a commonly used password.": "None of those that are guessed first.",
    "New password confirmation": "The new password again",
    "Password confirmation": "The password again",
    "Password change successful": "Your password is changed",
    "Password changed successfully.": "The password is changed.",
}
MESSAGES = {
    "The {name} “{obj}” was added successfully.": "{obj} is created.",
    "The {name} “{obj}” was changed successfully.": "{obj} is saved.",
    "The %(name)s “%(obj)s” was deleted successfully.": "%(obj)s is deleted.",
    "Items must be selected in order to perform actions on them. No items have been changed.": (
        "Nothing was selected, and nothing is changed."
    ),
    "No action selected.": "Choose what to do with what is selected.",
    "No fields changed.": "Nothing changed.",
}
LISTS = {
    "Select all rows": "Select all",
    "Select record": "Select",
    "Select all objects on this page for an action": "Select all on this page",
    "Select action": "With what is selected",
    "Select action to run": "What to do with what is selected",
    "Run the selected action": "Do it with what is selected",
    "Click here to select the objects across all pages": "Select what is on other pages, too",
    "Clear all filters": "Show all",
}
NAMES = {
    "username": "name",
    "groups": "roles",
    "active": "may log in",
    "last login": "last log-in",
    "email address": "e-mail address",
    "superuser status": "superuser",
    "Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.": (
        "What the history shows. It stays as it is."
    ),
    "Designates whether this user should be treated as active. Unselect this instead of deleting accounts.": (
        "Without it nobody can log in as this account, and its tokens are refused. What it did stays recorded."
    ),
    "Designates that this user has all permissions without explicitly assigning them.": (
        "May everything, also manage other superusers."
    ),
    "Authentication and Authorization": "People and roles",
    "%(app)s administration": "%(app)s",
    "Models in the %(name)s application": "%(name)s",
}
WORDS = FIELDS | PASSWORDS | MESSAGES | LISTS | NAMES
"""Their sentence, with its placeholders: ours, with some of them."""
COUNTED = {
    "Ensure this value has at most %(limit_value)d character (it has %(show_value)d).": (
        "At most %(limit_value)d character; these are %(show_value)d.",
        "At most %(limit_value)d characters; these are %(show_value)d.",
    ),
    "This password is too short. It must contain at least %d character.": (
        "It needs at least %d character.",
        "It needs at least %d characters.",
    ),
    "Your password must contain at least %(min_length)d character.": (
        "At least %(min_length)d character.",
        "At least %(min_length)d characters.",
    ),
}
"""Their sentence about one: ours about one, and about several."""


class OurWords(GNUTranslations):
    """The table as gettext keeps one: a sentence that counts by its number of things, one or several."""

    def __init__(self) -> None:
        super().__init__()
        counted = {(one, form): words for one, forms in COUNTED.items() for form, words in enumerate(forms)}
        self._catalog: dict[Any, str] = WORDS | counted
        self.plural = lambda n: int(n != 1)


def put_in_our_words() -> None:
    """From now on, in this process."""
    trans_real.translation(settings.LANGUAGE_CODE).merge(OurWords())

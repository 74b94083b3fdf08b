"""E-mail, by Django's settings for it."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email

MOST_RECIPIENTS = 20
NOWHERE = "django.core.mail.backends.dummy.EmailBackend"
NOT_SET_UP = "E-mail is not set up here: EMAIL_URL names no server."
NO_ADDRESSES = f"must be at most {MOST_RECIPIENTS} addresses of e-mail, parted by commas"


def recipients(text: str) -> list[str]:
    """The addresses of a channel."""
    return [each.strip() for each in text.split(",")]


def fault(text: str) -> str | None:
    """What is wrong with the addresses, as it follows "address"."""
    found = recipients(text)
    try:
        for each in found:
            validate_email(each)
    except ValidationError:
        return NO_ADDRESSES
    return None if len(found) <= MOST_RECIPIENTS else NO_ADDRESSES


def is_set_up() -> bool:
    """Is there a server to hand mails to?"""
    return str(settings.EMAIL_BACKEND) != NOWHERE


def send(key: str, to: list[str], subject: str, body: str) -> None:
    """Hand it to the server; under the same Message-ID whenever it is sent. Blocks; raises SMTPException, OSError."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2]
    one_line = " ".join(subject.split())
    mail = EmailMessage(
        one_line, body, to=to, headers={"Message-ID": f"<{key}@{domain}>", "X-Alert-Key": key}
    )
    mail.send()

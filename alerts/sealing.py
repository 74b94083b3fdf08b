"""Secrets as they are kept: encrypted under a key of the settings, so that a copy of the database holds none."""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"secrets of alert channels"


class Unreadable(Exception):
    """It was kept under another key."""


def seal(secret: str) -> str:
    """As it is kept, under the newest key; nothing stays nothing."""
    return _keys().encrypt(secret.encode()).decode() if secret else ""


def unseal(sealed: str) -> str:
    """What was kept, under any key there is; raises Unreadable."""
    if not sealed:
        return ""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable("it was kept under another key") from None


def _keys() -> MultiFernet:
    """The newest first. They are derived, so that what signs sessions encrypts nothing itself."""
    keys = [settings.ALERTS_SECRET_KEY, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(key)) for key in keys if key])


def _derived(key: str) -> bytes:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE)
    return urlsafe_b64encode(derivation.derive(key.encode()))

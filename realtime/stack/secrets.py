"""The key and the log-in of a laptop's stack: made once, kept in its state directory."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "secrets.json"


@dataclass(frozen=True)
class Secrets:
    """What must be the same at the next start."""

    key: str
    username: str
    password: str


def load_secrets(state: Path, given: Mapping[str, str]) -> Secrets:
    """Those in the environment, else those of an earlier start, else new ones; then kept, readable by the owner."""
    path = state / FILE
    kept = json.loads(path.read_text()) if path.exists() else {}
    found = Secrets(
        key=given.get("SECRET_KEY") or kept.get("key") or secrets.token_urlsafe(50),
        username=given.get("DJANGO_SUPERUSER_USERNAME") or kept.get("username") or "admin",
        password=given.get("DJANGO_SUPERUSER_PASSWORD") or kept.get("password") or secrets.token_urlsafe(9),
    )
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(found), file)
    return found

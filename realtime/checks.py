"""System checks: settings nobody should serve the public with.

Errors without DEBUG stop every command, the servers included; the rest is asked for with `check --deploy`.
"""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured

SHORTEST_SECRET_KEY = 50
FEWEST_DIFFERENT_CHARACTERS = 5
INSECURE_PREFIXES = ("insecure-", "django-insecure-")
IN_MEMORY_LAYER = "channels.layers.InMemoryChannelLayer"


@register(Tags.security)
def check_production(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """What makes a server without DEBUG insecure, or silently useless."""
    return [] if settings.DEBUG else [*_secret_key(), *_hosts(), *_channel_layer()]


@register(Tags.security, deploy=True)
def check_deployment(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """What is fine on a laptop and nowhere else."""
    return [*_debug(), *_database()]


def _secret_key() -> Iterator[CheckMessage]:
    try:
        key = settings.SECRET_KEY
    except ImproperlyConfigured:
        key = ""
    if (
        len(key) < SHORTEST_SECRET_KEY
        or len(set(key)) < FEWEST_DIFFERENT_CHARACTERS
        or key.startswith(INSECURE_PREFIXES)
    ):
        yield Error(
            f"SECRET_KEY must be a random text of at least {SHORTEST_SECRET_KEY} characters.",
            hint="Beside a running stack give the STATE_DIR that `make run` was started with, where its key is."
            " python -c 'import secrets; print(secrets.token_urlsafe(50))' prints a new one.",
            id="realtime.E001",
        )


def _hosts() -> Iterator[CheckMessage]:
    if "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "ALLOWED_HOSTS must name the hosts; '*' lets every page in the world pose as this one.",
            hint="ALLOWED_HOSTS=desk.example.com",
            id="realtime.E002",
        )


def _channel_layer() -> Iterator[CheckMessage]:
    if settings.CHANNEL_LAYERS["default"]["BACKEND"] == IN_MEMORY_LAYER:
        yield Error(
            "The in-memory channel layer ends at the process: no browser would hear of any feed.",
            hint="Use channels_redis.pubsub.RedisPubSubChannelLayer.",
            id="realtime.E003",
        )


def _debug() -> Iterator[CheckMessage]:
    if settings.DEBUG:
        yield Error(
            "DEBUG shows settings and source code to everybody.", hint="DEBUG=false", id="realtime.E004"
        )


def _database() -> Iterator[CheckMessage]:
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        yield Warning(
            "SQLite has one writer and lives on one machine; several processes write here.",
            hint="DATABASE_URL=postgresql://…",
            id="realtime.W005",
        )

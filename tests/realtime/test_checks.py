"""Insecure settings are refused, by name."""

import os
import secrets
import subprocess
import sys

import pytest

from realtime.checks import check_deployment, check_production

pytestmark = pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")

IN_MEMORY = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
POSTGRESQL = {"default": {"ENGINE": "django.db.backends.postgresql"}}
SQLITE = {"default": {"ENGINE": "django.db.backends.sqlite3"}}


@pytest.fixture
def production(settings):
    settings.DEBUG = False
    settings.SECRET_KEY = secrets.token_urlsafe(50)
    settings.ALLOWED_HOSTS = ["desk.example.com"]
    settings.DATABASES = POSTGRESQL
    return settings


def ids(check) -> list[str]:
    return [problem.id for problem in check(None)]


def test_sound_production_settings_pass(production):
    assert ids(check_production) == []
    assert ids(check_deployment) == []


@pytest.mark.parametrize(
    "key",
    [
        "short",
        "x" * 60,
        "insecure-development-key",
        "insecure-" + "0123456789" * 6,
        "django-insecure-" + "0123456789" * 6,
        "",
        None,
    ],
)
def test_weak_secret_key_is_refused(production, key):
    production.SECRET_KEY = key
    assert ids(check_production) == ["realtime.E001"]


def test_any_host_is_refused(production):
    production.ALLOWED_HOSTS = ["desk.example.com", "*"]
    assert ids(check_production) == ["realtime.E002"]


def test_in_memory_channel_layer_is_refused(production):
    production.CHANNEL_LAYERS = IN_MEMORY
    assert ids(check_production) == ["realtime.E003"]


def test_every_problem_is_reported_at_once(production):
    production.SECRET_KEY, production.ALLOWED_HOSTS, production.CHANNEL_LAYERS = "short", ["*"], IN_MEMORY
    assert ids(check_production) == ["realtime.E001", "realtime.E002", "realtime.E003"]


def test_debug_is_for_development_and_refused_for_deployment(production):
    production.DEBUG, production.SECRET_KEY, production.ALLOWED_HOSTS = True, "short", ["*"]
    assert ids(check_production) == []
    assert ids(check_deployment) == ["realtime.E004"]


def test_sqlite_is_a_warning_for_deployment_only(production):
    production.DATABASES = SQLITE
    assert ids(check_production) == []
    (problem,) = check_deployment(None)
    assert problem.id == "realtime.W005"
    assert not problem.is_serious()


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_server_does_not_start_on_insecure_settings():
    done = manage("serve_web", "--port", "1", SECRET_KEY="short")
    assert done.returncode == 1
    assert "realtime.E001" in done.stderr
    assert "STATE_DIR that `make run` was started with" in done.stderr
    assert "Traceback" not in done.stderr

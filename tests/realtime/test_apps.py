"""What a process loads as it starts: who serves no pages neither waits for them nor keeps them in memory."""

import subprocess
import sys

import pytest
from django.core.management import get_commands

from tests.servers import ROOT

OF_PAGES = {
    "rest_framework.serializers",
    "drf_spectacular.plumbing",
    "unfold.admin",
    "realtime.urls",
    "daphne.server",
}
START = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "realtime.settings"
import django
django.setup()
from django.core.management import get_commands, load_command_class
command = load_command_class(get_commands()[sys.argv[1]], sys.argv[1])
if command.requires_system_checks:
    command.check(tags=None if command.requires_system_checks == "__all__" else command.requires_system_checks)
print(*sys.modules)
"""
SEE_ADMIN = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "realtime.settings"
import django
django.setup()
from django.contrib import admin
from django.core.checks import run_checks
assert not run_checks(tags=["admin"])
print(*(model._meta.label for model in admin.site._registry))
"""


def said_by(program: str, *arguments: str) -> set[str]:
    return set(
        subprocess.check_output([sys.executable, "-c", program, *arguments], cwd=ROOT, text=True).split()
    )


@pytest.mark.parametrize(
    "command", ["consume_depth", "run_strategies", "watch_alerts", "simulate_market", "run_stack"]
)
def test_a_process_that_serves_no_pages_loads_none(command: str):
    assert said_by(START, command) & OF_PAGES == set()


def test_the_web_process_loads_them_with_its_checks_before_anybody_asks():
    loaded = said_by(START, "serve_web")
    assert loaded & OF_PAGES == OF_PAGES - {"daphne.server"}
    assert "apprise" not in loaded  # who sends something there loads it


def test_the_pages_of_the_admin_are_checked_though_they_are_loaded_late():
    assert {"auth.User", "knox.AuthToken"} <= said_by(SEE_ADMIN)


def test_runserver_is_the_one_that_serves_sockets():
    assert get_commands()["runserver"] == "daphne"

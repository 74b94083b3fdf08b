"""docs/operations.md names every environment variable there is, and none that is not."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OPERATIONS = (ROOT / "docs/operations.md").read_text()
VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
STACK = [*(ROOT / "realtime/stack").glob("*.py"), ROOT / "realtime/management/commands/run_stack.py"]


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))


def read_by_settings() -> set[str]:
    """The first argument of every `env.…("NAME")`."""
    return {
        str(call.args[0].value)
        for call in calls(ROOT / "realtime/settings.py")
        if isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "env"
        and isinstance(call.args[0], ast.Constant)
    }


def read_by_stack() -> set[str]:
    """What is asked of an `environ`: `environ.get("NAME")` and `port_of(environ, "NAME", …)`."""
    return {
        str(argument.value)
        for path in STACK
        for call in calls(path)
        if "environ" in ast.unparse(call)
        for argument in call.args
        if isinstance(argument, ast.Constant) and VARIABLE.fullmatch(str(argument.value))
    }


def documented() -> set[str]:
    """Names in the first column of the tables."""
    first_cells = re.findall(r"^\| (`[A-Z].*?) \|", OPERATIONS, re.MULTILINE)
    return {name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)}


def test_the_collectors_see_something():
    assert {"SECRET_KEY", "DATABASE_URL", "LOG_LEVEL"} <= read_by_settings()
    assert {"PORT", "REDIS_PORT", "SIMULATE", "DJANGO_SUPERUSER_PASSWORD"} <= read_by_stack()


@pytest.mark.parametrize("name", sorted(read_by_settings() | read_by_stack()))
def test_every_variable_is_documented(name: str):
    assert name in documented()


@pytest.mark.parametrize("name", sorted(documented()))
def test_every_documented_variable_is_read(name: str):
    assert name in read_by_settings() | read_by_stack()

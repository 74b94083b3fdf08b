"""The import table of the house: who may know whom."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = (
    "realtime",
    "configuration",
    "halts",
    "desk",
    "database",
    "metrics",
    "strategies",
    "messaging",
    "live",
    "rest",
)
PURE = {"msgspec", "numpy", "symbols"}
PURE_ROOMS = ("domain", "simulation")

# room -> what it must never import, longest prefix of the module wins
FORBIDDEN = {
    "configuration": {"metrics", "strategies", "realtime", "nats", "halts", "desk"},
    "metrics": {"strategies", "realtime", "nats", "configuration", "halts", "desk"},
    "metrics.domain.admission": {
        "metrics.domain.analyzer",
        "metrics.domain.rollup",
        "metrics.domain.ticks",
        "metrics.domain.window",
        "numpy",
        "strategies",
        "realtime",
        "nats",
        "configuration",
        "halts",
        "desk",
    },
    "metrics.feed": {
        "strategies",
        "realtime",
        "configuration",
        "halts",
        "desk",
        "metrics.api",
        "metrics.push",
        "rest",
        "rest_framework",
    },
    "metrics.store": {
        "metrics.feed",
        "metrics.api",
        "metrics.push",
        "rest",
        "django.db",
        "configuration",
        "halts",
        "desk",
        "strategies",
        "realtime",
    },
    "metrics.api": {"metrics.feed", "nats", "configuration", "halts", "desk", "strategies", "realtime"},
    "metrics.push": {"metrics.feed", "nats", "configuration", "halts", "desk", "strategies", "realtime"},
    "strategies": {
        "realtime",
        "desk",
        "configuration.api",
        "configuration.models",
        "metrics.api",
        "metrics.push",
        "rest",
    },
    "strategies.api": {
        "realtime",
        "nats",
        "desk",
        "configuration.models",
        "metrics.feed",
        "metrics.push",
    },
    "strategies.push": {
        "realtime",
        "nats",
        "desk",
        "configuration.models",
        "metrics.feed",
        "metrics.api",
    },
    "halts": {"realtime", "metrics", "strategies", "desk", "nats"},
    "desk": {"realtime", "metrics", "strategies", "nats"},
    "database": {"realtime", "configuration", "halts", "metrics", "strategies", "desk", "nats"},
    "messaging": {
        "realtime",
        "configuration",
        "halts",
        "desk",
        "database",
        "metrics",
        "strategies",
        "django",
    },
    "live": {"realtime", "configuration", "halts", "desk", "database", "metrics", "strategies", "nats"},
    "rest": {"realtime", "configuration", "metrics", "strategies", "nats"},
    "realtime": set(),
}


def modules() -> list[tuple[str, Path]]:
    return sorted(
        (".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), path)
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if "migrations" not in path.parts
    )


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def room_of_a_pure(module: str) -> str:
    """`metrics.domain` for everything in it, and so on; empty for modules that may touch the world."""
    words = module.split(".")
    return ".".join(words[:2]) if len(words) > 1 and words[1] in PURE_ROOMS else ""


@pytest.mark.parametrize(("module", "path"), modules(), ids=[name for name, _ in modules()])
def test_module_imports_only_what_its_room_allows(module: str, path: Path):
    room = max((known for known in FORBIDDEN if within(module, known)), key=len)
    breaches = {name for name in imports(path) for banned in FORBIDDEN[room] if within(name, banned)}
    assert not breaches, f"{module} must not import {sorted(breaches)}"


@pytest.mark.parametrize(
    ("module", "path"),
    [(name, path) for name, path in modules() if room_of_a_pure(name)],
    ids=[name for name, _ in modules() if room_of_a_pure(name)],
)
def test_domain_and_simulation_are_pure(module: str, path: Path):
    """Only the standard library, msgspec, numpy and their own room; no clock."""
    allowed_domains = {room_of_a_pure(module), "metrics.domain"}
    if within(module, "strategies"):
        allowed_domains |= {"configuration.domain", "halts.domain"}
    for name in imports(path):
        top = name.split(".")[0]
        assert (
            top in sys.stdlib_module_names or top in PURE or any(within(name, d) for d in allowed_domains)
        ), name
        assert top not in {"time", "asyncio", "socket", "threading"}, (
            f"{module} has no clock and no I/O: {name}"
        )
    source = path.read_text()
    assert ".now(" not in source
    assert "utcnow(" not in source


def test_how_a_symbol_is_written_needs_nothing_but_the_standard_library():
    """Everybody may import it for that reason."""
    assert {name.split(".")[0] for name in imports(ROOT / "symbols.py")} <= sys.stdlib_module_names

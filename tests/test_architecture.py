"""The import table of the house: who may know whom, as docs/architecture.md has it."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "architecture.md"
PURE_ROOMS = ("domain", "simulation")
CLOCKS = {"time", "asyncio", "socket", "threading"}


class Room(NamedTuple):
    """A row of the table: what its modules may import, None for everything."""

    rooms: set[str] | None
    libraries: set[str] | None


def table() -> dict[str, Room]:
    rows = re.findall(r"^\| (`[^|]+`) \|[^|]*\|([^|]*)\|([^|]*)\|$", PAGE.read_text(), re.M)
    return {names(room).pop(): Room(*map(allowed, cells)) for room, *cells in rows}


def allowed(cell: str) -> set[str] | None:
    return None if cell.strip() == "everything" else names(cell)


def names(cell: str) -> set[str]:
    return {name.replace("/", ".") for name in re.findall(r"`([^`]+)`", cell)}


TABLE = table()
OURS = {room.split(".")[0] for room in TABLE}


def modules() -> list[tuple[str, Path]]:
    return sorted(
        (".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), path)
        for top in OURS
        for path in [*(ROOT / top).rglob("*.py"), *ROOT.glob(f"{top}.py")]
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


def room_of(name: str) -> str:
    return max((room for room in TABLE if within(name, room)), key=len)


def is_allowed(name: str, own: str) -> bool:
    """May a module of the room `own` import this?"""
    top = name.split(".")[0]
    rooms, libraries = TABLE[own]
    if top not in OURS:
        return top in sys.stdlib_module_names or libraries is None or top in libraries
    room = room_of(name)
    return (
        room == own
        or rooms is None
        or room in rooms
        or any(within(name, each) for each in rooms - set(TABLE))
    )


@pytest.mark.parametrize(("module", "path"), modules(), ids=[name for name, _ in modules()])
def test_module_imports_only_what_the_page_allows_its_room(module: str, path: Path):
    breaches = {name for name in imports(path) if not is_allowed(name, room_of(module))}
    assert not breaches, f"{module} must not import {sorted(breaches)}"


def test_the_page_names_every_room_there_is():
    """A folder with modules that no row speaks of would be held to nothing."""
    known = OURS | {"tests", "deploy", "manage", "clients"}
    found = {path.relative_to(ROOT).parts[0].removesuffix(".py") for path in ROOT.glob("*/**/*.py")}
    found |= {path.stem for path in ROOT.glob("*.py")}
    assert {name for name in found if not name.startswith(".")} <= known


def test_the_page_allows_nothing_that_nobody_needs():
    """A permission that is left over would let the next breach pass."""
    used: dict[str, set[str]] = {room: set() for room in TABLE}
    for module, path in modules():
        for name in imports(path):
            top = name.split(".")[0]
            used[room_of(module)] |= {name, top} if top not in OURS else {name, room_of(name)}
    for room, (rooms, libraries) in TABLE.items():
        for each in (rooms or set()) | (libraries or set()):
            assert any(within(name, each) for name in used[room]), f"{room} does not import {each}"


def test_no_circle_of_applications():
    """Of two applications one knows the other, at most, also by way of a third."""
    knows = {
        top: {
            room.split(".")[0]
            for own, (rooms, _) in TABLE.items()
            for room in rooms or ()
            if own.split(".")[0] == top != room.split(".")[0]
        }
        for top in OURS
    }
    for top in OURS:
        reached, waiting = set(), set(knows[top])
        while waiting:
            reached |= waiting
            waiting = {further for each in waiting for further in knows[each]} - reached
        assert top not in reached, f"{top} knows itself by way of {sorted(reached)}"


@pytest.mark.parametrize(
    ("module", "path"),
    [(name, path) for name, path in modules() if set(name.split(".")[1:2]) & set(PURE_ROOMS)],
    ids=[name for name, _ in modules() if set(name.split(".")[1:2]) & set(PURE_ROOMS)],
)
def test_domain_and_simulation_are_pure(module: str, path: Path):
    """No clock, and no I/O."""
    assert not CLOCKS & {name.split(".")[0] for name in imports(path)}
    source = path.read_text()
    assert ".now(" not in source
    assert "utcnow(" not in source

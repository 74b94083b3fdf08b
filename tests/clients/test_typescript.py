"""A client of openapi-typescript: its types are made of the document, and a strict program does the main jobs."""

import shutil
from pathlib import Path

import pytest

from tests.clients.conftest import Desk
from tests.clients.install import HERE, node_modules
from tests.clients.node import run, tool

JOBS = ["readDepth", "readPressure", "listSignals", "change", "rollBack", "haltAndResume", "unknownSymbol"]


@pytest.fixture
def program(document: Path, tmp_path: Path) -> Path:
    """The program beside types of its own, and what it imports."""
    run(tool("openapi-typescript"), str(document), "--output", str(tmp_path / "api.ts"), cwd=tmp_path)
    for name in ("jobs.ts", "tsconfig.json", "package.json"):
        shutil.copy(HERE / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(node_modules())
    return tmp_path / "jobs.ts"


def test_a_strict_program_does_the_main_jobs(program: Path, desk: Desk):
    run(tool("tsc"), "--project", ".", cwd=program.parent)
    printed = run(program, cwd=program.parent, BASE_URL=desk.url, TOKEN=desk.token, SYMBOL=desk.symbol)
    assert printed.split() == JOBS


def test_the_compiler_notices_what_the_document_does_not_state(program: Path):
    """The guard itself: a word that no enumeration has is no type."""
    program.write_text(program.read_text().replace('= "1m"', '= "7m"'))
    with pytest.raises(AssertionError, match="Type '\"7m\"' is not assignable"):
        run(tool("tsc"), "--project", ".", cwd=program.parent)

"""The package by itself: built and installed as people do it, and needing what it declares."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest

from realtime_strategies_client import errors
from tests.servers import ROOT

PACKAGE = ROOT / "clients" / "python"
SOURCE = PACKAGE / "src" / "realtime_strategies_client"
WHOLE = """
import sys, realtime_strategies_client as client
from importlib import metadata, resources
assert resources.files(client).joinpath("py.typed").is_file()
assert not {"django", "pandas", "metrics", "configuration", "halts"} & sys.modules.keys(), sys.modules
print(client.__file__, metadata.version("realtime-strategies-client"), client.Client("https://desk.example"))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pip has put it; what it depends on is there already, and nothing is fetched."""
    directory = tmp_path_factory.mktemp("installed")
    options = ["--no-index", "--no-deps", "--no-build-isolation", "--quiet", "--target", str(directory)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(PACKAGE)], check=True, timeout=100)
    return directory


def test_it_is_whole_without_the_product(installed: Path, tmp_path: Path):
    environment = os.environ | {"PYTHONPATH": str(installed)}
    done = subprocess.run(
        [sys.executable, "-c", WHOLE],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(installed))
    assert done.stdout.endswith(" 0.1.0 Client('https://desk.example')\n")


def declared() -> set[str]:
    """Libraries that it, or an extra of it, asks for."""
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]
    asked = chain(project["dependencies"], *project["optional-dependencies"].values())
    return {re.split(r"[<>=~ ]", each)[0] for each in asked}


def test_it_imports_what_it_declares_and_nothing_of_the_product():
    imported = {
        name.split(".")[0]
        for path in SOURCE.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for name in names_in(node)
    }
    assert imported - sys.stdlib_module_names == declared() | {SOURCE.name}


def test_nothing_of_the_product_imports_it():
    parts = (path.relative_to(ROOT).parts for path in ROOT.glob("*/**/*.py"))
    product = {each[0] for each in parts if not each[0].startswith(".")} - {"clients", "tests"}
    assert {"metrics", "configuration", "realtime"} <= product
    for path in (path for top in product for path in (ROOT / top).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            assert SOURCE.name not in {name.split(".")[0] for name in names_in(node)}, path


def names_in(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=aliases):
            return [alias.name for alias in aliases]
        case ast.ImportFrom(module=str(module)):
            return [module]
    return []


def test_the_page_names_every_error():
    named = set(re.findall(r"`(\w+)`", (PACKAGE / "README.md").read_text().split("| error |")[1]))
    kinds = {
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.ClientError)
    }
    assert kinds - {"ClientError"} <= named
    assert all(name in (errors.__doc__ or "") for name in kinds)

"""The recipe for a new strategy in docs/configuration.md, followed to the letter in a copy of the tree."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import NamedTuple

import pytest

from configuration.domain.strategy import DeclarationError
from strategies.domain.evaluators import EVALUATORS, evaluators_of

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/configuration.md"
BLOCK = re.compile(r"`(?P<file>[\w/]+\.(?:py|md))`|^```(?P<kind>python|diff)\n(?P<text>.*?)^```", re.M | re.S)
NOT_COPIED = ignore_patterns(".*", "__pycache__", "node_modules", "browser", "static")
TRY_IT = """
from strategies.domain.evaluators import EVALUATORS
from tests.strategies.scenes import START, run, volumes_by_level

[decision] = run("touch_imbalance", [(START, volumes_by_level([4.0], [1.0]))])
print(list(EVALUATORS)[-1], decision.action, decision.price, decision.rationale)
"""


class Step(NamedTuple):
    """A block of code, and the file it is for: whole, or what comes in."""

    file: str
    is_new: bool
    text: str


def steps() -> Iterator[Step]:
    """What the recipe says, in order; a block is for the file that was named last."""
    _, _, recipe = PAGE.read_text().partition("### A new strategy\n")
    file = ""
    for found in BLOCK.finditer(recipe):
        file = found["file"] or file
        if found["kind"]:
            yield Step(file, found["kind"] == "python", found["text"])


def follow(step: Step, tree: Path) -> None:
    """Do what a step asks for; that must be possible in one way only."""
    path = tree / step.file
    if step.is_new:
        assert not path.exists()
        path.write_text(step.text)
        return
    lines = step.text.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if not line.startswith("+"))
    after = "".join(line[1:] for line in lines if not line.startswith("-"))
    text = path.read_text()
    assert text.count(before) == 1, (step.file, before)
    path.write_text(text.replace(before, after))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what there is, as somebody finds it who adds a strategy."""
    return Path(copytree(ROOT, tmp_path / "tree", ignore=NOT_COPIED))


def python(tree: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *words], cwd=tree, capture_output=True, text=True, check=False, timeout=120
    )


def test_the_recipe_followed_to_the_letter_makes_a_strategy_that_signals_and_is_tested(tree: Path):
    for step in steps():
        follow(step, tree)
    tried = python(tree, "-c", TRY_IT)
    assert tried.stdout == "touch_imbalance buy 60000.0 touch ratio 4 is at least 3\n", tried.stderr
    outcome = python(
        tree,
        *("-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider"),
        "tests/strategies/domain/test_touch_imbalance.py",
        "tests/strategies/domain/test_parameters.py",
        "tests/strategies/test_scenarios.py::test_every_strategy_fires_within_a_minute[1]",
        "tests/configuration/domain/test_catalogue.py",
        "tests/test_architecture.py",
        "tests/test_docs.py",
    )
    assert outcome.returncode == 0, outcome.stdout
    written = sorted({step.file for step in steps() if step.file.endswith(".py")})
    linted = python(tree, "-m", "ruff", "check", "--no-cache", *written)
    assert linted.returncode == 0, linted.stdout
    formatted = python(tree, "-m", "ruff", "format", "--no-cache", "--check", *written)
    assert formatted.returncode == 0, formatted.stdout


def test_a_forgotten_evaluator_is_missed_in_a_sentence(tree: Path):
    for step in steps():
        if step.file.startswith("configuration/"):
            follow(step, tree)
    tried = python(tree, "-c", "import strategies.engine")
    assert tried.stderr.splitlines()[-1] == (
        "configuration.domain.strategy.DeclarationError: TouchImbalance has no evaluator: add one to the list in "
        "strategies/domain/evaluators.py, as docs/configuration.md shows"
    )


def test_a_strategy_forgotten_in_the_catalogue_is_missed_in_a_sentence(tree: Path):
    for step in steps():
        if step.file != "configuration/domain/catalogue/__init__.py":
            follow(step, tree)
    tried = python(tree, "-c", "import strategies.engine")
    assert tried.stderr.splitlines()[-1] == (
        "configuration.domain.strategy.DeclarationError: TouchImbalance has an evaluator and is not in the catalogue: "
        "add it to the list in configuration/domain/catalogue/__init__.py"
    )


def test_no_strategy_has_two_evaluators():
    with pytest.raises(DeclarationError, match="OrderbookSkew has two evaluators"):
        evaluators_of([EVALUATORS["orderbook_skew"], EVALUATORS["orderbook_skew"]])

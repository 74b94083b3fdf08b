"""What linters report of the document: nothing."""

from pathlib import Path

from tests.clients.install import HERE
from tests.clients.node import run, tool


def test_redocly_has_neither_errors_nor_warnings(document: Path):
    printed = run(
        tool("redocly"),
        "lint",
        document.name,
        "--format=stylish",
        "--extends=recommended",
        cwd=document.parent,
    )
    assert "warning" not in printed.lower(), printed
    assert "error" not in printed.lower(), printed


def test_spectral_has_nothing_to_report_by_its_default_rules(document: Path):
    rules = f"--ruleset={HERE / 'spectral.yaml'}"
    run(tool("spectral"), "lint", document.name, rules, "--fail-severity=hint", cwd=document.parent)

"""Every example of the client's page, and of the product's, does what it promises, against the running product."""

import re
from pathlib import Path

import pytest

from tests.servers import ROOT
from tests.strategies.house import House

PAGES = (ROOT / "clients" / "python" / "README.md", ROOT / "README.md")
EXAMPLES = [
    example
    for page in PAGES
    for example in re.findall(r"^```python\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
]


def test_the_page_has_examples():
    assert len(EXAMPLES) > 8


@pytest.mark.parametrize("example", EXAMPLES, ids=[str(place) for place in range(len(EXAMPLES))])
def test_an_example_runs(
    example: str,
    house: House,
    address: str,
    minutes: None,
    batch: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
):
    monkeypatch.chdir(tmp_path)  # some write files
    monkeypatch.setenv("REALTIME_STRATEGIES_URL", address)
    monkeypatch.setenv("REALTIME_STRATEGIES_TOKEN", house.token)
    exec(compile(example.replace("http://localhost:8080", address), "README.md", "exec"), {})  # noqa: S102
    assert capsys.readouterr().out

"""Every example of the client's page does what it says, against the running product."""

import re

import pytest

from tests.servers import ROOT
from tests.strategies.house import House

PAGE = ROOT / "clients" / "python" / "README.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def test_the_page_has_examples():
    assert len(EXAMPLES) > 8


@pytest.mark.parametrize("example", EXAMPLES, ids=[str(place) for place in range(len(EXAMPLES))])
def test_an_example_runs(
    example: str,
    house: House,
    address: str,
    minutes: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.setenv("REALTIME_STRATEGIES_URL", address)
    monkeypatch.setenv("REALTIME_STRATEGIES_TOKEN", house.token)
    exec(compile(example, PAGE.name, "exec"), {})  # noqa: S102
    assert capsys.readouterr().out

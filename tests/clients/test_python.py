"""A client of openapi-python-client: made without a warning, and used for the main jobs."""

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import Desk

PACKAGE = "generated_client"


class Generated:
    """The package that was made, and somebody who uses it."""

    def __init__(self, desk: Desk) -> None:
        self.models = import_module(f"{PACKAGE}.models")
        make = import_module(f"{PACKAGE}.client").AuthenticatedClient
        self.client = make(
            base_url=desk.url, token=desk.token, prefix="Token", raise_on_unexpected_status=True
        )

    def ask(self, operation: str, *path: str, **printed: Any) -> Any:
        """The answer of one operation, `tag.name`, with its status and headers."""
        return import_module(f"{PACKAGE}.api.{operation}").sync_detailed(*path, client=self.client, **printed)


@pytest.fixture(scope="module")
def package(document: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    where = tmp_path_factory.mktemp("python")
    (where / "config.yaml").write_text("post_hooks: []\n")
    done = subprocess.run(
        [
            sys.executable, "-m", "openapi_python_client", "generate", "--path", str(document), "--meta", "none",
            "--output-path", str(where / PACKAGE), "--config", str(where / "config.yaml"), "--fail-on-warning",
        ],
        capture_output=True,
        text=True,
        timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in (done.stdout + done.stderr).lower()
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(where)
        yield
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


@pytest.fixture
def generated(package: None, desk: Desk) -> Generated:
    return Generated(desk)


def test_it_reads_a_book(generated: Generated, desk: Desk):
    depth = generated.ask("metrics.get_depth", desk.symbol).parsed
    assert depth.state is generated.models.BookState.LIVE
    assert depth.reason is None
    assert depth.spread.best_bid < depth.spread.best_ask


def test_it_names_a_span_of_time(generated: Generated, desk: Desk):
    span = generated.models.Timeframe.MINUTES_1
    pressure = generated.ask("metrics.get_pressure", desk.symbol, timeframe=span).parsed
    assert pressure.timeframe is span
    assert len(pressure.pressure_history) == pressure.returned_data_points


def test_it_lists_signals_that_have_types(generated: Generated):
    sent = generated.models.SignalState.SENT
    listed = generated.ask("signals.list_signals", state=sent, limit=5).parsed
    assert listed.count == len(listed.signals) > 0
    newest = listed.signals[0]
    assert newest.state is sent
    assert newest.action in generated.models.SignalAction
    assert newest.confidence > 0


def test_it_changes_a_level__and_goes_back(generated: Generated, desk: Desk):
    models = generated.models
    level = models.StrategyId.ORDERBOOK_SKEW, desk.symbol
    before = generated.ask("strategies.get_symbol_config", *level)
    deeper = before.parsed.data.parameters["top_levels"] + 1
    for levels in (deeper - 2, deeper - 1):
        sets = models.ConfigUpdateParameters.from_dict({"top_levels": levels})
        generated.ask("strategies.set_symbol_config", *level, body=models.ConfigUpdate(sets))
    before = generated.ask("strategies.get_symbol_config", *level)
    body = models.ConfigUpdate(
        models.ConfigUpdateParameters.from_dict({"top_levels": deeper}), reason="thin touch"
    )
    build_on = {"body": body, "if_match": before.headers["ETag"]}
    changed = generated.ask("strategies.set_symbol_config", *level, **build_on).parsed
    assert changed.data.parameters["top_levels"] == deeper
    assert changed.data.source is models.Layer.SYMBOL

    refused = generated.ask("strategies.set_symbol_config", *level, **build_on)
    assert refused.status_code == 412
    assert refused.parsed.error.code == "PRECONDITION_FAILED"

    rolled = generated.ask(
        "strategies.rollback_symbol_config", *level, body=models.ConfigRollback(reason="filled badly")
    )
    assert rolled.parsed.metadata.action == "rolled_back"
    assert rolled.parsed.data.parameters["top_levels"] == deeper - 1


def test_it_halts_and_resumes(generated: Generated):
    models, strategy = generated.models, generated.models.StrategyId.BTC_DOMINANCE
    halted = generated.ask(
        "strategies.halt_strategy", strategy, body=models.Reason("exchange maintenance")
    ).parsed
    assert halted.data.state is models.HaltState.HALTED
    assert halted.data.halted_by[0].reason == "exchange maintenance"
    resumed = generated.ask(
        "strategies.resume_strategy", strategy, body=models.Reason("exchange is back")
    ).parsed
    assert resumed.data.state is models.HaltState.ACTIVE


def test_it_distinguishes_one_error_from_another(generated: Generated):
    refused = generated.ask("metrics.get_depth", "NOSUCH")
    assert refused.status_code == 404
    assert "NOSUCH" in refused.parsed.error

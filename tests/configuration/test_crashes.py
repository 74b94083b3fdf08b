"""Whatever is being written when the process dies, nothing of it remains, and nothing is announced."""

from typing import Any

import pytest

from configuration import ledger, reading, services
from configuration.domain.changes import CommittedChange
from configuration.models import Source, StrategyConfig
from configuration.services import Author
from configuration.signals import configuration_changed

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
SKEW = "orderbook_skew"
AUTHOR = Author(source=Source.COMMAND, name="tests")
ACTIONS: dict[str, Any] = {
    "create": lambda: services.write(SKEW, None, {"top_levels": 9}, author=AUTHOR),
    "update": lambda: services.write(SKEW, None, {"top_levels": 9}, author=AUTHOR),
    "delete": lambda: services.delete(SKEW, None, author=AUTHOR),
    "roll back": lambda: services.roll_back(SKEW, None, author=AUTHOR),
    "import": lambda: services.write_levels(
        {SKEW: {None: {"top_levels": 9}, "BTCUSDT": {"top_levels": 8}}}, author=AUTHOR
    ),
}


class Crash(Exception):
    """The process dies here."""


def crash(*args: Any, **kwargs: Any) -> None:
    raise Crash


def state() -> tuple[Any, ...]:
    return (
        list(StrategyConfig.objects.values()),
        list(StrategyConfig.history.values()),
        reading.current_token(),
    )


@pytest.fixture
def heard():
    """Every change that was announced."""
    changes: list[CommittedChange] = []

    def listen(change: CommittedChange, **_: Any) -> None:
        changes.append(change)

    configuration_changed.connect(listen)
    yield changes
    configuration_changed.disconnect(listen)


@pytest.mark.parametrize("moment", ["before the audit row", "after it"])
@pytest.mark.parametrize("action", ACTIONS)
def test_a_crash_leaves_neither_row_nor_audit(
    action: str, moment: str, heard: list[CommittedChange], monkeypatch: pytest.MonkeyPatch
):
    if action != "create":
        for levels in (6, 7):
            services.write(SKEW, None, {"top_levels": levels}, author=AUTHOR)
    before, announced = state(), len(heard)
    with monkeypatch.context() as patched:
        if moment == "before the audit row":
            patched.setattr(StrategyConfig.history.model, "save", crash)
        else:
            patched.setattr(ledger.Hold, "note", crash)
        with pytest.raises(Crash):
            ACTIONS[action]()
    assert state() == before
    assert len(heard) == announced

    ACTIONS[action]()
    assert state() != before
    assert len(heard) == announced + (2 if action == "import" else 1)

"""What is handed over to the database goes no further."""

import pytest

from halts.domain import HaltRecord
from strategies import configuration_in_force


@pytest.fixture(autouse=True)
def adopted(monkeypatch):
    taken: list[HaltRecord] = []
    monkeypatch.setattr(configuration_in_force, "adopt", taken.extend)
    return taken

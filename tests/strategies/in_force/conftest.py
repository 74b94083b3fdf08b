"""What is handed over to the database goes no further."""

import pytest

from halts import services
from halts.domain import HaltRecord


@pytest.fixture(autouse=True)
def adopted(monkeypatch):
    taken: list[HaltRecord] = []
    monkeypatch.setattr(services, "adopt", taken.extend)
    return taken

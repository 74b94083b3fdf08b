"""Every test at the door of the API comes as a stranger."""

import pytest


@pytest.fixture(autouse=True)
def _strangers(nobody_remembered: None) -> None:
    """Callers or not: requests are made here."""

"""What a write has made."""

from configuration.ledger import Written
from configuration.models import Change


def made(written: Written) -> Change:
    """The change of a write that is to have made one."""
    assert written.change is not None, "nothing was changed"
    return written.change

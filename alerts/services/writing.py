"""What every write of this app is: one transaction, and where it matters with a reason."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from configuration.domain.problems import Problem, ProblemCode
from configuration.exceptions import StoreUnavailable
from configuration.ledger import Author
from configuration.reading import STORE_AWAY

REASON_MISSING = "must say why; it stands in the history"


@contextmanager
def written() -> Iterator[None]:
    """A transaction; raises StoreUnavailable where the database does not take it.

    So ends a write, too, whose name another one takes at the very moment: who tries again learns of it.
    """
    is_written = False
    try:
        with transaction.atomic():
            yield
            is_written = True
    except STORE_AWAY as error:
        raise StoreUnavailable(writing=True, is_known=not is_written) from error


def unexplained(author: Author) -> list[Problem]:
    """What is wrong with a write without a reason."""
    if author.reason.strip():
        return []
    return [Problem.with_value("reason", ProblemCode.RULE_VIOLATED, REASON_MISSING)]

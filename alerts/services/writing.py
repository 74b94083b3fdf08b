"""What every write of this app is: one transaction, and where it matters with a reason."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils import timezone

from alerts.models import AlertRule, Channel
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


def begin(row: AlertRule | Channel, author: Author) -> None:
    """The next version of a rule or channel, which its row of history will record."""
    row.version += 1
    row.updated_at = timezone.now()
    row._history_date, row._history_user, row._change_reason = row.updated_at, author.user, author.reason
    row.pending = {"actor": author.actor, "changed_by": author.changed_by, "source": author.source}

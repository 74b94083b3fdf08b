"""The only writer of alert rules, and of who acknowledged what.

Desk and REST come here. What a rule may say is judged by `alerts.domain.rules.problems` alone; each change is a
version, stored with its row of history in one transaction.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from msgspec.structs import replace

from alerts.domain.rules import Rule, problems, read_pattern
from alerts.exceptions import AlertNotFound, AlertResolved, RuleChanged, RuleNotFound
from alerts.models import NOTE_LENGTH, Alert, AlertRule, Because
from configuration.domain.problems import Problem, ProblemCode
from configuration.exceptions import StoreUnavailable, ValidationFailed
from configuration.ledger import Author
from configuration.reading import STORE_AWAY

CONTENTS = tuple(name for name in Rule.__struct_fields__ if name not in ("id", "version"))
"""What a rule says: the rest tells it from others, and from what it was."""
REASON_MISSING = "must say why; it stands in the history"


@dataclass(frozen=True, slots=True)
class Saved:
    """A rule as it stands now; `action` is created, updated, or unchanged where it said the same already."""

    row: AlertRule
    action: str


def as_written(rule: Rule) -> Rule:
    """The rule as it is kept: no blanks around its name, symbols in capitals."""
    symbols = tuple(read_pattern(each) or each for each in rule.symbols)
    return replace(rule, name=rule.name.strip(), advice=rule.advice.strip(), symbols=symbols)


def objections(rule: Rule) -> list[Problem]:
    """Everything that is wrong with a rule as it would be kept, the names of the others included."""
    found = problems(rule)
    if AlertRule.objects.filter(name=rule.name).exclude(pk=rule.id).exists():
        found.setdefault("name", "must not be that of another rule")
    return [Problem.with_value(field, ProblemCode.RULE_VIOLATED, words) for field, words in found.items()]


def save_rule(rule: Rule, *, author: Author, expected: Collection[str] | None = None) -> Saved:
    """Make a rule (`id` 0), or give the one of this id what `rule` says. A rule that says the same gets no new version.

    `expected` are tags (`AlertRule.tag`), of which one must name the state it is in.
    Raises ValidationFailed, RuleNotFound, RuleChanged, StoreUnavailable.
    """
    rule = as_written(rule)
    with _written():
        row = _held(rule.id, expected) if rule.id else AlertRule(version=0)
        found = objections(rule) + _unexplained(author)
        if found:
            raise ValidationFailed(found)
        contents = {name: getattr(rule, name) for name in CONTENTS}
        contents["symbols"] = list(rule.symbols)
        if rule.id and all(getattr(row, name) == value for name, value in contents.items()):
            return Saved(row, "unchanged")
        for name, value in contents.items():
            setattr(row, name, value)
        _begin(row, author)
        row.save()
        return Saved(row, "updated" if rule.id else "created")


def delete_rule(rule_id: int, *, author: Author, expected: Collection[str] | None = None) -> None:
    """Delete a rule; what fires by it is resolved. Its history stays.

    Raises ValidationFailed without a reason, RuleNotFound, RuleChanged, StoreUnavailable.
    """
    with _written():
        row = _held(rule_id, expected)
        if found := _unexplained(author):
            raise ValidationFailed(found)
        _begin(row, author)
        firing = Alert.objects.filter(rule=row, resolved_at=None)
        firing.update(resolved_at=row.updated_at, resolved_because=Because.RULE_DELETED)
        row.delete()


def acknowledge(alert_id: int, note: str, *, author: Author) -> Alert:
    """Say that somebody looks after an alert that fires. Who said so first stays.

    Raises AlertNotFound, AlertResolved, ValidationFailed where the note is too long, StoreUnavailable.
    """
    note = note.strip()
    if len(note) > NOTE_LENGTH:
        words = f"must have at most {NOTE_LENGTH} characters, got {len(note)}"
        raise ValidationFailed([Problem.with_value("note", ProblemCode.OUT_OF_RANGE, words)])
    with _written():
        Alert.objects.filter(pk=alert_id, resolved_at=None, acknowledged_at=None).update(
            acknowledged_at=timezone.now(),
            acknowledged_by=author.changed_by or author.actor,
            acknowledged_note=note,
        )
        alert = Alert.objects.filter(pk=alert_id).first()
        if alert is None:
            raise AlertNotFound(alert_id)
        if alert.acknowledged_at is None:
            raise AlertResolved
        return alert


@contextmanager
def _written() -> Iterator[None]:
    """A transaction; raises StoreUnavailable where the database does not take it.

    So ends a rule, too, whose name another one takes at the very moment: who tries again learns of it.
    """
    is_written = False
    try:
        with transaction.atomic():
            yield
            is_written = True
    except STORE_AWAY as error:
        raise StoreUnavailable(writing=True, is_known=not is_written) from error


def _held(rule_id: int, expected: Collection[str] | None) -> AlertRule:
    """The rule, which nobody else writes until the transaction ends."""
    row = AlertRule.objects.select_for_update().filter(pk=rule_id).first()
    if row is None:
        raise RuleNotFound(rule_id)
    if expected is not None and row.tag not in expected:
        newest = AlertRule.history.of_rule(rule_id).first()
        raise RuleChanged(expected, row.tag, newest.actor if newest else "somebody")
    return row


def _unexplained(author: Author) -> list[Problem]:
    if author.reason.strip():
        return []
    return [Problem.with_value("reason", ProblemCode.RULE_VIOLATED, REASON_MISSING)]


def _begin(row: AlertRule, author: Author) -> None:
    """A rule's next version, which its row of history will record."""
    row.version += 1
    row.updated_at = timezone.now()
    row._history_date, row._history_user, row._change_reason = row.updated_at, author.user, author.reason
    row.pending = {"actor": author.actor, "changed_by": author.changed_by, "source": author.source}

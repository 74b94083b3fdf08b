"""The only writer of alert rules.

What a rule may say is judged by `alerts.domain.rules.problems` alone; each change is a version, stored with its row of
history in one transaction.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from msgspec.structs import replace

from alerts.announcements import announce
from alerts.delivery.making import tell_resolved
from alerts.domain.quiet import read_span
from alerts.domain.rules import Rule, problems, read_pattern
from alerts.exceptions import RuleChanged, RuleNotFound
from alerts.models import Alert, AlertRule, Because, Channel
from alerts.services.writing import begin, unexplained, written
from configuration.domain.problems import Problem, ProblemCode
from configuration.exceptions import ValidationFailed
from configuration.ledger import Author

NAME_TAKEN = "must not be that of another rule"
CONTENTS = tuple(name for name in Rule.__struct_fields__ if name not in ("id", "version"))
"""What a rule says: the rest tells it from others, and from what it was."""
LISTS = ("symbols", "entities", "quiet_hours", "channels")
"""Those of it that are several."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A rule as it stands now; `action` is created, updated, or unchanged where it said the same already."""

    row: AlertRule
    action: str


def as_written(rule: Rule) -> Rule:
    """The rule as it is kept: no blanks around its name, symbols in capitals, quiet hours in one way."""
    symbols = tuple(read_pattern(each) or each for each in rule.symbols)
    entities = tuple(each.strip() for each in rule.entities)
    hours = tuple(str(read_span(each) or each) for each in rule.quiet_hours)
    name, advice = rule.name.strip(), rule.advice.strip()
    return replace(rule, name=name, advice=advice, symbols=symbols, entities=entities, quiet_hours=hours)


def faults(rule: Rule) -> list[Problem]:
    """Everything that is wrong with a rule by itself."""
    return [
        Problem.with_value(field, ProblemCode.RULE_VIOLATED, words) for field, words in problems(rule).items()
    ]


def objections(rule: Rule) -> list[Problem]:
    """The same of a rule as it would be kept, beside the others and the channels that there are."""
    found = faults(rule)
    wrong = {each.field for each in found}
    if "name" not in wrong and AlertRule.objects.filter(name=rule.name).exclude(pk=rule.id).exists():
        found.append(Problem.with_value("name", ProblemCode.RULE_VIOLATED, NAME_TAKEN))
    known = Channel.objects.filter(pk__in=rule.channels).values_list("pk", flat=True)
    if "channels" not in wrong and (unknown := set(rule.channels) - set(known)):
        words = f"must be ids of channels; there is no {', '.join(map(str, sorted(unknown)))}"
        found.append(Problem.with_value("channels", ProblemCode.RULE_VIOLATED, words))
    return found


def save_rule(rule: Rule, *, author: Author, expected: Collection[str] | None = None) -> Saved:
    """Make a rule (`id` 0), or give the one of this id what `rule` says. A rule that says the same gets no new version.

    `expected` are tags (`AlertRule.tag`), of which one must name the state it is in.
    Raises ValidationFailed, RuleNotFound, RuleChanged, StoreUnavailable.
    """
    rule = as_written(rule)
    with written():
        row = _held(rule.id, expected) if rule.id else AlertRule(version=0)
        found = objections(rule) + unexplained(author)
        if found:
            raise ValidationFailed(found)
        contents = {name: getattr(rule, name) for name in CONTENTS}
        contents |= {name: list(contents[name]) for name in LISTS}
        if rule.id and all(getattr(row, name) == value for name, value in contents.items()):
            return Saved(row, "unchanged")
        for name, value in contents.items():
            setattr(row, name, value)
        begin(row, author)
        row.save()
        return Saved(row, "updated" if rule.id else "created")


def delete_rule(rule_id: int, *, author: Author, expected: Collection[str] | None = None) -> None:
    """Delete a rule; what fires by it is resolved. Its history stays.

    Raises ValidationFailed without a reason, RuleNotFound, RuleChanged, StoreUnavailable.
    """
    with written():
        row = _held(rule_id, expected)
        if found := unexplained(author):
            raise ValidationFailed(found)
        begin(row, author)
        firing = Alert.objects.filter(rule=row, resolved_at=None)
        ended = [*firing.values_list("pk", flat=True)]
        firing.update(resolved_at=row.updated_at, resolved_because=Because.RULE_DELETED)
        tell_resolved(ended)
        row.delete()
        transaction.on_commit(announce)


def _held(rule_id: int, expected: Collection[str] | None) -> AlertRule:
    """The rule, which nobody else writes until the transaction ends."""
    row = AlertRule.objects.select_for_update().filter(pk=rule_id).first()
    if row is None:
        raise RuleNotFound(rule_id)
    if expected is not None and row.tag not in expected:
        newest = AlertRule.history.of_rule(rule_id).first()
        raise RuleChanged(expected, row.tag, newest.actor if newest else "somebody")
    return row

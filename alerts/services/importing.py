"""Giving rules and channels the contents of a document: all of them, or none."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from django.db import transaction
from msgspec.structs import replace

from alerts.documents import Document
from alerts.models import AlertRule, Channel
from alerts.services.channels import SavedChannel, save_channel
from alerts.services.rules import Saved, save_rule
from alerts.services.writing import written
from configuration.domain.problems import Problem, ProblemCode
from configuration.domain.validation import at
from configuration.exceptions import ValidationFailed
from configuration.ledger import Author


class Step(NamedTuple):
    """What becomes of a rule or channel: created, updated or unchanged."""

    what: str
    name: str
    action: str


def import_document(document: Document, *, author: Author, dry_run: bool = False) -> list[Step]:
    """Give what a document names, by name, exactly those contents. What it leaves out stays as it is, and so does what
    says the same already, and of a channel that there is what is secret.

    Raises ValidationFailed with the problems of all, StoreUnavailable.
    """
    problems: list[Problem] = []
    with written():
        steps = [*_steps(document, author, problems)]
        if problems:
            raise ValidationFailed(problems)
        if dry_run:
            transaction.set_rollback(True)
    return steps


def _steps(document: Document, author: Author, problems: list[Problem]) -> Iterator[Step]:
    """Channels before the rules that name them."""
    for channel in document.channels:
        known = Channel.objects.filter(name=channel.name).first()
        wanted = replace(channel, id=known.pk if known else 0)
        yield from _tried("channel", channel.name, partial(save_channel, wanted, author=author), problems)
    ids = dict(Channel.objects.values_list("name", "pk"))
    for rule, told in document.rules:
        row = AlertRule.objects.filter(name=rule.name).first()
        if unknown := [name for name in told if name not in ids]:
            words = f"must name channels that there are; there is no {', '.join(unknown)}"
            problem = Problem.with_value("channels", ProblemCode.RULE_VIOLATED, words)
            problems.append(at(f"rule {rule.name}", problem))
            continue
        whole = replace(rule, id=row.pk if row else 0, channels=tuple(ids[name] for name in told))
        yield from _tried("rule", rule.name, partial(save_rule, whole, author=author), problems)


def _tried(
    what: str, name: str, save: Callable[[], Saved | SavedChannel], problems: list[Problem]
) -> Iterator[Step]:
    """What is refused is told with all else that is."""
    try:
        yield Step(what, name, save().action)
    except ValidationFailed as refusal:
        problems += [at(f"{what} {name}", problem) for problem in refusal.problems]

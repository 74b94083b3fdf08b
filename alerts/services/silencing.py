"""The only writer of silences."""

from django.db import transaction
from django.utils import timezone
from msgspec.structs import replace

from alerts.announcements import announce
from alerts.domain import silences
from alerts.domain.rules import read_pattern
from alerts.exceptions import SilenceNotFound, SilenceOver
from alerts.models import AlertRule, Silence
from alerts.moments import moment
from alerts.services.writing import unexplained, written
from configuration.domain.problems import Problem, ProblemCode
from configuration.exceptions import ValidationFailed
from configuration.ledger import Author


def silence(asked: silences.Silence, *, author: Author) -> Silence:
    """From now on nobody is told of such alerts.

    Raises ValidationFailed, StoreUnavailable.
    """
    asked = replace(asked, symbol=read_pattern(asked.symbol) or asked.symbol)
    now = timezone.now()
    with written():
        rule = AlertRule.objects.filter(pk=asked.rule).first() if asked.rule is not None else None
        faults = silences.problems(asked, now.timestamp())
        if asked.rule is not None and rule is None:
            faults["rule"] = "must be the id of a rule that there is"
        found = [Problem.with_value(field, ProblemCode.RULE_VIOLATED, why) for field, why in faults.items()]
        found += unexplained(author)
        if found:
            raise ValidationFailed(found)
        transaction.on_commit(announce)
        return Silence.objects.create(
            rule_number=asked.rule,
            rule_name=rule.name if rule else "",
            symbol=asked.symbol,
            severity=asked.severity,
            made_at=now,
            until=moment(asked.until),
            reason=author.reason.strip(),
            actor=author.actor,
            changed_by=author.changed_by,
            source=author.source,
        )


def end_silence(silence_id: int, *, author: Author) -> Silence:
    """What fires is told of again. The silence is kept, with who ended it and why.

    Raises ValidationFailed without a reason, SilenceNotFound, SilenceOver, StoreUnavailable.
    """
    with written():
        row = Silence.objects.select_for_update().filter(pk=silence_id).first()
        if row is None:
            raise SilenceNotFound(silence_id)
        if found := unexplained(author):
            raise ValidationFailed(found)
        now = timezone.now()
        if row.over_at <= now:
            raise SilenceOver
        row.ended_at, row.ended_by = now, author.changed_by or author.actor
        row.ended_reason = author.reason.strip()
        transaction.on_commit(announce)
        row.save(update_fields=["ended_at", "ended_by", "ended_reason"])
        return row

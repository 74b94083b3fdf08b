"""The only writer of channels. Secrets come in and are sealed; none goes out."""

from collections.abc import Collection
from dataclasses import dataclass

from msgspec.structs import replace

from alerts.delivery import targets
from alerts.domain.channels import Channel, problems
from alerts.exceptions import ChannelChanged, ChannelNotFound
from alerts.models import AlertRule, Delivery, Message
from alerts.models import Channel as Row
from alerts.sealing import seal
from alerts.services.writing import begin, unexplained, written
from configuration.domain.problems import Problem, ProblemCode
from configuration.exceptions import ValidationFailed
from configuration.ledger import Author

OPEN_CONTENTS = ("name", "kind", "least_severity", "is_enabled")
DELETED = "The channel was deleted."


@dataclass(frozen=True, slots=True)
class SavedChannel:
    """A channel as it stands now; `action` is created, updated, or unchanged where it was so already."""

    row: Row
    action: str


def save_channel(
    channel: Channel, *, author: Author, expected: Collection[str] | None = None
) -> SavedChannel:
    """Make a channel (`id` 0), or change the one of this id. An empty address or secret stays as it is, unless the kind
    becomes another.

    `expected` are tags (`Channel.tag`), of which one must name the state it is in. Raises ValidationFailed, in whose
    words no secret is, ChannelNotFound, ChannelChanged, StoreUnavailable.
    """
    channel = replace(
        channel, name=channel.name.strip(), address=channel.address.strip(), secret=channel.secret.strip()
    )
    _judge_address(channel)  # which may take a moment, and so holds no transaction up
    with written():
        row = _held(channel.id, expected) if channel.id else Row(version=0)
        before = _opened(row)
        whole = channel
        if row.kind == channel.kind:
            whole = replace(channel, address=channel.address or before[0], secret=channel.secret or before[1])
        found = _objections(whole) + unexplained(author)
        if found:
            raise ValidationFailed(found)
        is_same = (whole.address, whole.secret) == before
        if is_same and all(getattr(row, name) == getattr(whole, name) for name in OPEN_CONTENTS):
            return SavedChannel(row, "unchanged")
        for name in OPEN_CONTENTS:
            setattr(row, name, getattr(whole, name))
        row.address, row.secret = seal(whole.address), seal(whole.secret)
        row.shown = targets.shown(whole.kind, whole.address)
        begin(row, author)
        row.save()
        return SavedChannel(row, "updated" if channel.id else "created")


def delete_channel(channel_id: int, *, author: Author, expected: Collection[str] | None = None) -> None:
    """Delete a channel that no rule names; what waits is given up. Its history stays.

    Raises ValidationFailed without a reason or while a rule names it, ChannelNotFound, ChannelChanged,
    StoreUnavailable.
    """
    with written():
        row = _held(channel_id, expected)
        found = unexplained(author)
        if naming := rules_of(channel_id):
            words = f"must not be named by a rule; it is by {', '.join(naming)}"
            found.append(Problem.with_value("id", ProblemCode.RULE_VIOLATED, words))
        if found:
            raise ValidationFailed(found)
        begin(row, author)
        waiting = Message.objects.filter(channel=row, next_at__isnull=False)
        waiting.update(next_at=None, given_up_at=row.updated_at, answer=DELETED)
        Delivery.objects.filter(channel=row, message=None, dropped_because="").update(dropped_because=DELETED)
        row.delete()


def rules_of(channel_id: int) -> list[str]:
    """The names of the rules that are told there."""
    return [name for name, ids in AlertRule.objects.values_list("name", "channels") if channel_id in ids]


def _judge_address(channel: Channel) -> None:
    """Raises ValidationFailed where an address that was entered leads where it must not."""
    if not channel.address or "kind" in (found := problems(channel)) or "address" in found:
        return
    if words := targets.fault(channel.kind, channel.address):
        raise ValidationFailed([Problem.with_value("address", ProblemCode.RULE_VIOLATED, words)])


def _objections(channel: Channel) -> list[Problem]:
    found = problems(channel)
    if Row.objects.filter(name=channel.name).exclude(pk=channel.id).exists():
        found.setdefault("name", "must not be that of another channel")
    return [Problem.with_value(field, ProblemCode.RULE_VIOLATED, words) for field, words in found.items()]


def _opened(row: Row) -> tuple[str, str]:
    """As they were entered; nothing where nobody can read them any more, so that they are entered again."""
    try:
        return targets.opened(row)
    except targets.Unreachable:
        return "", ""


def _held(channel_id: int, expected: Collection[str] | None) -> Row:
    """The channel, which nobody else writes until the transaction ends."""
    row = Row.objects.select_for_update().filter(pk=channel_id).first()
    if row is None:
        raise ChannelNotFound(channel_id)
    if expected is not None and row.tag not in expected:
        newest = Row.history.of_channel(channel_id).first()
        raise ChannelChanged(expected, row.tag, newest.actor if newest else "somebody")
    return row

"""What of a rule can be watched: whether anybody can judge by it."""

import msgspec

from alerts.domain.watched.entry import Watched, of_each, state


class RuleSeen(msgspec.Struct, frozen=True):
    """A rule at a moment: what it is `about`, and of how many of that no value is known."""

    name: str
    about: int
    unjudged: int


RULE = (
    state(
        "rule",
        "is_unjudged",
        "Unjudged",
        of_each(lambda rule: rule.unjudged >= rule.about),
        "while nothing can be judged by it, since no value is known, or there is nothing it is about",
    ),
    Watched(
        of="rule",
        name="unjudged_share",
        label="Share that cannot be judged",
        description="Of what a rule is about, that of which no value is known.",
        unit="%",
        least=0,
        most=100,
        example=20,
        read=of_each(lambda rule: 100 * rule.unjudged / rule.about if rule.about else None),
    ),
)

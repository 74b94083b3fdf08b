"""Signals that are too many to be judged: each is kept in memory until it is known what became of its price."""

from times import lasting
from what_if.domain.question import Question
from what_if.replay import MOST_SIGNALS, Replay
from what_if.spans import Plan

EARLY = 0.2
"""From this part of a span on it is taken to go on as it began."""
MARGIN = 1.5
"""By so much it must be too many then: the rest may be quieter."""
SAFELY = 0.9
"""Of what would fit, so much is what somebody is sent away with."""
MINUTE = 60


def why_too_many(question: Question, plan: Plan, replay: Replay) -> str | None:
    """Why it cannot be judged, with what could be; None as long as it may."""
    asked, judged = plan.until - plan.since, min(replay.now, plan.until) - plan.since
    if judged <= 0 or not _is_too_many(replay, judged / asked):
        return None
    part = SAFELY * (judged / asked) * MOST_SIGNALS / replay.signals
    values = len(question.sweep.values) if question.sweep else 1
    ways_on = [f"about {_at_most(part * asked)} at most"]
    if values > 1 and (fewer := int(part * (values + 1)) - 1) > 0:
        ways_on.append(f"about {fewer} value{'s' if fewer > 1 else ''} at a time")
    return (
        f"With what was in force and with {'what is proposed' if values == 1 else f'{values} values'} there are more "
        f"than {MOST_SIGNALS:,} signals together, and no more are judged: ask {', or '.join(ways_on)}."
    )


def _is_too_many(replay: Replay, part: float) -> bool:
    return replay.is_full or (part >= EARLY and replay.signals > MARGIN * MOST_SIGNALS * part)


def _at_most(seconds: float) -> str:
    """A length of time that is not longer."""
    step = MINUTE if seconds >= 2 * MINUTE else 10 if seconds >= 10 else 1
    return lasting(max(1, seconds // step * step))

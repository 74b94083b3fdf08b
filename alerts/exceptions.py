"""What can go wrong with rules and alerts, beside what can with configuration (`configuration.exceptions`)."""

from collections.abc import Collection
from typing import Any

from configuration.domain.problems import shown
from configuration.exceptions import ConfigurationError


class RuleNotFound(ConfigurationError):
    code = "NOT_FOUND"
    status = 404

    def __init__(self, rule_id: int) -> None:
        super().__init__(f"Alert rule not found: {rule_id}")


class ChannelNotFound(ConfigurationError):
    code = "NOT_FOUND"
    status = 404

    def __init__(self, channel_id: int) -> None:
        super().__init__(f"Channel not found: {channel_id}")


class AlertNotFound(ConfigurationError):
    code = "NOT_FOUND"
    status = 404

    def __init__(self, alert_id: int) -> None:
        super().__init__(f"Alert not found: {alert_id}")


class SilenceNotFound(ConfigurationError):
    code = "NOT_FOUND"
    status = 404

    def __init__(self, silence_id: int) -> None:
        super().__init__(f"Silence not found: {silence_id}")


class RuleChanged(ConfigurationError):
    """Somebody else wrote the rule in between. `current` is the tag that would match."""

    code = "PRECONDITION_FAILED"
    status = 412
    what = "rule"

    def __init__(self, expected: Collection[str], current: str, by: str) -> None:
        self.expected, self.current = [shown(each) for each in sorted(expected)], current
        super().__init__(
            f'The {self.what} was changed by {by}. Read it again, and send its ETag, now "{current}"'
        )

    @property
    def details(self) -> dict[str, Any]:
        return {"expected": self.expected, "current": self.current}


class ChannelChanged(RuleChanged):
    """The same of a channel."""

    what = "channel"


class AlertResolved(ConfigurationError):
    code = "ALERT_RESOLVED"
    status = 409

    def __init__(self) -> None:
        super().__init__("The alert does not fire any more, so that there is nothing to acknowledge")


class SilenceOver(ConfigurationError):
    code = "SILENCE_OVER"
    status = 409

    def __init__(self) -> None:
        super().__init__("The silence is over already, so that there is nothing to end")

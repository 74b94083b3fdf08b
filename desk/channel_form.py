"""The form of one channel. What is secret is typed into it, and never stands there again."""

from typing import cast

from django import forms

from alerts.domain.channels import KINDS, LONGEST_ADDRESS, Channel, ChannelKind
from alerts.domain.rules import NAME_LENGTH, SEVERITIES, Severity
from alerts.models import Channel as Row
from alerts.models.channels import WORDS
from configuration.domain.problems import Problem


class ChannelForm(forms.Form):
    """What is typed; `channel` is what it says, and `take` puts what the service has against it at the fields."""

    name = forms.CharField(max_length=NAME_LENGTH)
    kind = forms.ChoiceField(choices=[(each, WORDS[each]) for each in KINDS])
    address = forms.CharField(required=False, max_length=LONGEST_ADDRESS)
    secret = forms.CharField(required=False, max_length=200)
    least_severity = forms.ChoiceField(choices=[(each, each.capitalize()) for each in SEVERITIES])
    is_enabled = forms.BooleanField(required=False)

    @classmethod
    def of(cls, row: Row | None) -> "ChannelForm":
        """The form of a channel that there is, or of one to be made."""
        if row is None:
            return cls(initial={"kind": KINDS[0], "least_severity": SEVERITIES[0], "is_enabled": True})
        open_names = ("name", "kind", "least_severity", "is_enabled")
        return cls(initial={name: getattr(row, name) for name in open_names})

    def channel(self, channel_id: int) -> Channel | None:
        """What is entered; None while something cannot be read."""
        if self.errors:
            return None
        entered = self.cleaned_data
        return Channel(
            id=channel_id,
            name=entered["name"],
            kind=cast(ChannelKind, entered["kind"]),
            address=entered["address"],
            secret=entered["secret"],
            least_severity=cast(Severity, entered["least_severity"]),
            is_enabled=entered["is_enabled"],
        )

    def take(self, refused: tuple[Problem, ...]) -> None:
        """Put what the service refused at the fields; a reason has a place of its own."""
        for problem in refused:
            if problem.field in self.fields:
                self.add_error(problem.field, problem.reason)

"""The form of one alert rule: its fields follow the catalogue of what can be watched."""

from typing import Any

from django import forms

from alerts.domain import words
from alerts.domain.entities import KINDS, Kind
from alerts.domain.rules import ADVICE_LENGTH, COMPARISONS, NAME_LENGTH, SEVERITIES, Rule, problems
from alerts.domain.watched import CATALOGUE, Watched
from alerts.models import Channel
from alerts.services import as_written
from configuration.domain.problems import Problem

THINGS: tuple[Kind, ...] = ("strategy", "level", "halt", "part", "rule")
ASKED_OF: dict[str, tuple[Kind, ...]] = {"symbols": ("market",), "market": ("market",), "entities": THINGS}
"""By field that says what a rule is about, the kinds of which it is asked."""
NAMED: dict[Kind, str] = {
    "strategy": "orderbook_skew",
    "level": "orderbook_skew/BTC*",
    "halt": "everything, *on BTCUSDT",
    "part": "feed *, store",
    "rule": "Wide spread*",
}
"""By kind, how what is no market is named."""
NO_NUMBER = "must be a number, with a point and without its unit"
STATE_THRESHOLD = 0.5
"""Between so and not so: of a state nobody is asked for it."""


def number(**options: Any) -> forms.FloatField:
    """An ordinary text field: a browser empties a number field that it cannot read."""
    return forms.FloatField(
        widget=forms.TextInput,
        error_messages={"invalid": NO_NUMBER, "required": "must not be empty"},
        **options,
    )


def channel_choices() -> list[tuple[str, str]]:
    """The channels there are."""
    return [
        (str(row.pk), row.name if row.is_enabled else f"{row.name} (disabled)")
        for row in Channel.objects.all()
    ]


def watch_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """What can be watched, by the kind of what has it."""
    return [
        (words.KINDS[kind][1], [(each.name, each.label) for each in CATALOGUE.values() if each.of == kind])
        for kind in KINDS
    ]


class RuleForm(forms.Form):
    """What is typed; `rule` is what it says, and `take` puts what the service has against it at the fields."""

    name = forms.CharField(max_length=NAME_LENGTH)
    watch = forms.ChoiceField(choices=watch_choices)
    symbols = forms.CharField(required=False, max_length=4000)
    market = forms.CharField(required=False, max_length=64)
    entities = forms.CharField(required=False, max_length=4000)
    comparison = forms.ChoiceField(choices=[(each, each) for each in COMPARISONS])
    threshold = number(required=False)
    clear_at = number(required=False)
    for_seconds = number(required=False)
    severity = forms.ChoiceField(choices=[(each, each.capitalize()) for each in SEVERITIES])
    advice = forms.CharField(required=False, max_length=ADVICE_LENGTH)
    quiet_hours = forms.CharField(required=False, max_length=1000)
    channels = forms.TypedMultipleChoiceField(required=False, choices=channel_choices, coerce=int)
    is_enabled = forms.BooleanField(required=False)

    @classmethod
    def of(cls, rule: Rule) -> "RuleForm":
        """The form of a rule that there is."""
        texts = {
            "name": rule.name,
            "watch": rule.watch,
            "symbols": ", ".join(rule.symbols),
            "market": rule.market,
            "entities": ", ".join(rule.entities),
            "comparison": rule.comparison,
            "threshold": f"{rule.threshold:.12g}",
            "clear_at": "" if rule.clear_at is None else f"{rule.clear_at:.12g}",
            "for_seconds": f"{rule.for_seconds:.12g}",
            "severity": rule.severity,
            "advice": rule.advice,
            "quiet_hours": ", ".join(rule.quiet_hours),
            "channels": [str(each) for each in rule.channels],
            "is_enabled": rule.is_enabled,
        }
        return cls(initial=texts)

    @classmethod
    def fresh(cls) -> "RuleForm":
        """The form of a rule to be made."""
        texts = {"comparison": "above", "severity": "warning", "for_seconds": "30", "is_enabled": True}
        return cls(initial={"watch": next(iter(CATALOGUE)), **texts})

    @property
    def watched(self) -> Watched:
        """What is chosen to be watched, the first of the catalogue where nothing is."""
        return CATALOGUE.get(str(self["watch"].value())) or next(iter(CATALOGUE.values()))

    @property
    def kind(self) -> Kind:
        """Of what one is chosen to be watched."""
        return self.watched.of

    asked_of = ASKED_OF

    @property
    def named(self) -> str:
        """Names as those of its kind are."""
        return NAMED.get(self.kind, "")

    @property
    def is_state(self) -> bool:
        return words.is_state(self.watched)

    @property
    def example(self) -> str:
        """A threshold to begin with, as it is read."""
        return words.value(self.watched.name, self.watched.example)

    def clean(self) -> dict[str, Any]:
        """What it is about is asked in the way of its kind. A state has no threshold to ask for; a figure must have
        one."""
        entered: dict[str, Any] = super().clean() or {}
        entered |= {field: "" for field, kinds in ASKED_OF.items() if self.kind not in kinds}
        if self.is_state:
            entered |= {"threshold": STATE_THRESHOLD, "clear_at": None}
        elif entered.get("threshold") is None and "threshold" not in self.errors:
            self.add_error("threshold", f"must not be empty; for example {self.example}")
        return entered

    def rule(self, rule_id: int = 0, name: str = "") -> Rule | None:
        """What is entered, called `name` where it has no name yet; None while something cannot be read."""
        self.is_valid()  # reads what was sent
        entered = self.cleaned_data
        if set(self.fields) - set(entered) - ({"name"} if name else set()):
            return None
        return as_written(
            Rule(
                id=rule_id,
                name=entered.get("name") or name,
                watch=entered["watch"],
                symbols=tuple(entered["symbols"].replace(",", " ").split()),
                market=entered["market"],
                entities=tuple(filter(None, map(str.strip, entered["entities"].split(",")))),
                comparison=entered["comparison"],
                threshold=entered["threshold"],
                clear_at=entered["clear_at"],
                for_seconds=entered["for_seconds"] or 0.0,
                severity=entered["severity"],
                advice=entered["advice"],
                quiet_hours=tuple(filter(None, map(str.strip, entered["quiet_hours"].split(",")))),
                channels=tuple(entered["channels"]),
                is_enabled=entered["is_enabled"],
            )
        )

    def sentence(self) -> str:
        """What the rule says; empty while that cannot be said."""
        rule = self.rule(name="A rule without a name")
        return "" if rule is None or problems(rule) else words.sentence(rule)

    def check(self) -> None:
        """Put at the fields what a rule may not say."""
        rule = self.rule(name="A rule without a name")
        for field, fault in problems(rule).items() if rule else ():
            self.add_error(field, fault)

    def spare_what_is_empty(self) -> None:
        """Nothing is held against a field that somebody has not come to yet."""
        for name in [name for name in self.errors if not self.data.get(name, "").strip()]:
            del self.errors[name]

    def take(self, refused: tuple[Problem, ...]) -> None:
        """Put what the service refused at the fields; a reason has a place of its own."""
        for problem in refused:
            if problem.field in self.fields:
                self.add_error(problem.field, problem.reason)

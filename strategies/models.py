"""What the database keeps of signals: a row each, with what became of it, and of the price afterwards."""

from django.db import models
from django.db.models import F

from strategies.domain.signal import STATES


def figure() -> "models.FloatField[float | None, float | None]":
    """A mid price, or basis points of one; null where it cannot be known."""
    return models.FloatField(null=True)


def reason() -> "models.CharField[str, str]":
    """Why there is no outcome; empty where there is one."""
    return models.CharField(max_length=16, blank=True, default="not_yet")


class SignalRecord(models.Model):
    """A signal. `sent_as` is the JSON as it was, or would have been, published; the columns beside it are for asking.

    `market` is venue and form ("binance/spot") of the followed market when it was decided, empty where no book of one
    was known; `mid` and `spread_bps` are those of its book then, and `cost_at_least_bps` what trading
    LIQUIDITY_ROW_SIZE dollars in it cost at least, as its row had it. An outcome is a mid price, how many basis points
    that lies the signal's way, and where there is none a reason (`strategies.domain.outcomes`).

    `due_at` is the next moment of which the mid price is to be looked up: first the decision itself, then the spans
    after it; null once all that can be known is known.
    """

    id = models.UUIDField(primary_key=True)
    strategy_id = models.CharField(max_length=40)
    symbol = models.CharField(max_length=32)
    market = models.CharField(max_length=40, blank=True)
    action = models.CharField(max_length=4)
    confidence = models.FloatField()
    price = models.FloatField()
    version = models.PositiveIntegerField(help_text="of the configuration it was decided under")
    decided_at = models.DateTimeField()
    sent_as = models.TextField()

    state = models.CharField(max_length=9, choices=[(each, each) for each in STATES])
    halted_strategy = models.CharField(max_length=40, blank=True, help_text="empty: the halt covered all")
    halted_symbol = models.CharField(max_length=32, blank=True, help_text="likewise")
    halted_since = models.DateTimeField(null=True, help_text="null where no halt is known that held it back")

    mid = figure()
    spread_bps = figure()
    cost_at_least_bps = figure()
    mid_1m, bps_1m, unknown_1m = figure(), figure(), reason()
    mid_5m, bps_5m, unknown_5m = figure(), figure(), reason()
    mid_15m, bps_15m, unknown_15m = figure(), figure(), reason()
    due_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(F("decided_at").desc(), F("id").desc(), name="signals_newest_first"),
            models.Index(
                F("strategy_id"), F("decided_at").desc(), F("id").desc(), name="signals_of_a_strategy"
            ),
            models.Index(F("symbol"), F("decided_at").desc(), F("id").desc(), name="signals_about_a_symbol"),
            models.Index(
                fields=["due_at"], condition=models.Q(due_at__isnull=False), name="signals_to_look_back_at"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.strategy_id} {self.action} {self.symbol} {self.decided_at:%Y-%m-%d %H:%M:%S}"

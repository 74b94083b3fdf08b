"""Every halt and every resumption: of each scope, the one that was issued last is its state.

Not the one recorded last: what was issued while the database was away is recorded late, and does not come into
force again where somebody has decided otherwise since.
"""

from typing import Any

from django.db import models
from django.db.models.functions import Upper

from configuration.exceptions import ForbiddenWrite
from configuration.querysets import ReadOnly
from halts.domain import HaltRecord, Scope

LAST_ISSUED_FIRST = ("-at", "-halted", "-pk")  # of two at one moment the halt counts


class HaltQuerySet(ReadOnly, models.QuerySet["HaltChange"]):
    """The log, which only grows."""

    def newest(self) -> "HaltQuerySet":
        """The last word about each scope, with the halt it found."""
        same_scope = self.model.objects.filter(
            strategy_id=models.OuterRef("strategy_id"), symbol=models.OuterRef("symbol")
        )
        last = same_scope.order_by(*LAST_ISSUED_FIRST).values("pk")[:1]
        return self.filter(pk=models.Subquery(last)).select_related("follows")

    def reasons(self, most: int, *, halted: bool) -> list[str]:
        """The last different ones that were given for halting, or for resuming, newest first."""
        recent = self.filter(halted=halted).order_by("-pk").values_list("reason", flat=True)[: most * 20]
        return list(dict.fromkeys(recent))[:most]

    def of(self, scope: Scope) -> "HaltQuerySet":
        """One scope's changes, the last issued first."""
        return self.filter(strategy_id=scope.strategy_id, symbol=scope.symbol).order_by(*LAST_ISSUED_FIRST)


class HaltChange(models.Model):
    """Somebody halted or resumed a scope. Written by `halts.services`, never altered."""

    strategy_id = models.CharField(max_length=64, blank=True, help_text="empty: all strategies")
    symbol = models.CharField(max_length=32, blank=True, help_text="empty: all symbols")
    halted = models.BooleanField()
    reason = models.TextField()
    actor = models.CharField(max_length=150, help_text="who was logged in; kept when the account is gone")
    changed_by = models.CharField(max_length=150, blank=True, help_text="on whose behalf, as stated")
    source = models.CharField(max_length=10)
    at = models.DateTimeField()
    since = models.DateTimeField(
        null=True, help_text="of a halt of what was halted already: since when it was, without a break"
    )
    follows = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="the halt it found, with the reason that held until then",
    )

    objects = HaltQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = "halt or resumption"
        verbose_name_plural = "halts and resumptions"
        default_permissions = ("view",)
        permissions = [
            ("halt_strategies", "Can halt strategies"),
            ("resume_strategies", "Can resume halted strategies"),
        ]
        indexes = [
            models.Index(fields=["strategy_id", "symbol", "-at"], name="halts_said_of_a_scope"),
            models.Index(fields=["at"], name="halts_by_time"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(symbol=Upper("symbol")), name="halt_symbol_is_upper_case"
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="halt_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{'Halted' if self.halted else 'Resumed'}: {Scope(self.strategy_id, self.symbol)}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise ForbiddenWrite("The record of halts cannot be altered.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise ForbiddenWrite("The record of halts cannot be deleted.")

    @property
    def is_repeated(self) -> bool:
        """Was its scope halted already, for the same reason?"""
        return self.follows is not None and self.follows.reason == self.reason

    @property
    def given(self) -> "HaltChange":
        """Where its reason was given first: who issues it again changes nothing but when it was last issued."""
        return self.follows if self.follows and self.is_repeated else self

    def record(self) -> HaltRecord:
        """What holds by it."""
        given = self.given
        return HaltRecord(
            strategy_id=self.strategy_id,
            symbol=self.symbol,
            halted=self.halted,
            reason=given.reason,
            actor=given.actor,
            at=self.at.timestamp(),
            changed_by=given.changed_by,
            source=given.source,
            since=self.since.timestamp() if self.since else None,
        )

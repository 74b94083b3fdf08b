"""What-ifs that were answered, for the changes that refer to them."""

import uuid

from django.db import models


class WhatIfRecord(models.Model):
    """What was asked, and in figures what was answered. `values` are what the level would have set; `change_id` is the
    change that set them afterwards, null where none has."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    strategy_id = models.CharField(max_length=64)
    symbol = models.CharField(max_length=32, blank=True, help_text="empty: the level of all symbols")
    values = models.JSONField()
    answered_at = models.DateTimeField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    in_force = models.PositiveIntegerField(help_text="signals with what was in force")
    proposed = models.PositiveIntegerField(help_text="signals with these values")
    gone = models.PositiveIntegerField()
    new = models.PositiveIntegerField()
    outcomes = models.JSONField(
        default=dict,
        help_text="of each of the four, by span: of how many signals it is known, and the mean in basis points",
    )
    change_id = models.BigIntegerField(null=True)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["strategy_id", "symbol", "-answered_at"], name="what_ifs_of_a_level"),
            models.Index(fields=["change_id"], name="what_ifs_of_changes"),
        ]

    def __str__(self) -> str:
        return f"{self.strategy_id} · {self.symbol or 'all symbols'} {self.since:%Y-%m-%d %H:%M:%S}"

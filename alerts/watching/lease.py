"""Which of several processes watches: the one that holds the lease, a row of the database."""

from collections.abc import Callable
from time import time
from typing import Any

from django.db.models import Q

from alerts.models import Watch
from alerts.moments import moment

LEASE_SECONDS = 4.0
ONLY = 1
"""The key of the row."""


class Lease:
    """The lease as one process knows it. `holder` names the process among all. Raises django.db.Error.

    Clocks of hosts that differ make another process take over too early or too late, but never two write: who writes
    asks `is_ours` in the same transaction.
    """

    def __init__(
        self, holder: str, clock: Callable[[], float] = time, seconds: float = LEASE_SECONDS
    ) -> None:
        self.holder = holder
        self._clock, self._seconds = clock, seconds
        self._until = 0.0

    @property
    def is_held(self) -> bool:
        """As far as is known without asking: nobody else can have taken it."""
        return self._clock() < self._until

    def take(self) -> bool:
        """Have it, unless another process does."""
        now = self._clock()
        if not Watch.objects.filter(pk=ONLY).exists():
            Watch.objects.bulk_create([Watch(pk=ONLY, until=moment(now))], ignore_conflicts=True)
        return self._write(Q(holder=self.holder) | Q(until__lte=moment(now)), now)

    def renew(self, **kept: Any) -> bool:
        """Hold it for longer, with `kept` written beside it; False where another process has had it meanwhile."""
        return self._write(Q(holder=self.holder), self._clock(), **kept)

    def _write(self, whose: Q, now: float, **kept: Any) -> bool:
        until = now + self._seconds
        values = {"holder": self.holder, "until": moment(until), **kept}
        is_ours = Watch.objects.filter(whose, pk=ONLY).update(**values) > 0
        self._until = until if is_ours else 0.0
        return is_ours

    def is_ours(self) -> bool:
        """Do we hold it, and will until this transaction ends?"""
        held = Watch.objects.select_for_update().filter(
            pk=ONLY, holder=self.holder, until__gt=moment(self._clock())
        )
        return held.first() is not None

    def release(self) -> None:
        """Whoever waits takes over at once."""
        self._until = 0.0
        Watch.objects.filter(pk=ONLY, holder=self.holder).update(until=moment(self._clock()))

"""Strategies, by what their processes report and the newest signal of each."""

from collections import Counter
from collections.abc import Hashable
from datetime import datetime

from alerts.domain.rates import Count, Rises
from alerts.domain.watched.strategies import StrategySeen
from alerts.watching.seen.look import Look
from configuration.domain.catalogue import CATALOGUE
from strategies.receipts import ProcessReport

SIGNALS, HELD_BACK = "signals", "held_back"


class Strategies:
    """Looks, one after the other."""

    def __init__(self) -> None:
        self._rises = Rises()

    def __call__(self, look: Look) -> list[StrategySeen]:
        """Every strategy; raises redis.exceptions.RedisError."""
        reports = look.processes
        self._rises.look(counts(reports), look.now)
        return [self._seen(name, look) for name in CATALOGUE]

    def _seen(self, name: str, look: Look) -> StrategySeen:
        running = [report for report in look.processes if name in report.strategies]
        heard = [report for report in running if not report.is_silent(look.now)]
        last = look.newest_signals.get(name)
        began = min((report.started_at for report in heard), default=None)
        since = datetime.fromisoformat(last).timestamp() if last else began
        return StrategySeen(
            name=name,
            processes_heard=len(heard),
            signals_per_minute=self._per_minute(SIGNALS, name, running),
            held_back_per_minute=self._per_minute(HELD_BACK, name, running),
            seconds_since_signal=None if since is None else max(0.0, look.now - since),
        )

    def _per_minute(self, what: str, name: str, reports: list[ProcessReport]) -> float | None:
        """Of all processes together; None where none is known, or nobody has looked for a minute."""
        rises = [self._rises.of((what, name, report.instance)) for report in reports]
        known = [rise for rise in rises if rise is not None]
        return sum(known) if known else None


def counts(reports: list[ProcessReport]) -> dict[Hashable, Count]:
    """What each process has counted of each of its strategies."""
    found: dict[Hashable, Count] = {}
    for report in reports:
        signals: Counter[str] = Counter()
        for pair, count in report.signals.items():
            signals[pair.partition(":")[0]] += count
        for name in report.strategies:
            held_back = report.suppressed.get(name, 0)
            found[SIGNALS, name, report.instance] = Count(signals[name], report.started_at)
            found[HELD_BACK, name, report.instance] = Count(held_back, report.started_at)
    return found

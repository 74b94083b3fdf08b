"""One process that watches, moved on by hand: judging, and what becomes of it in the database."""

import logging
from collections import Counter
from collections.abc import Callable
from time import monotonic, time

from django.db import Error as DatabaseError
from django.db import IntegrityError, transaction

from alerts.domain.entities import Entity
from alerts.domain.judges import Entry, Judges, Key, why_ended
from alerts.domain.judging import Firing, Resolved
from alerts.domain.rules import Rule
from alerts.moments import moment
from alerts.watching import records
from alerts.watching.lease import Lease
from alerts.watching.pruning import prune
from alerts.watching.report import WatchReport
from alerts.watching.source import Source
from database.deadline import at_most
from messaging.outage import OutageLog

logger = logging.getLogger(__name__)

KEEP_UP_SECONDS = 1.0
"""How often the lease is renewed, and the database asked what is new of the rules."""
ANSWER_SECONDS = 2.0
"""A database that takes longer counts as away."""
WORST_SECONDS = 5.0
"""How often the worst values of what fires are written."""
PRUNE_SECONDS = 10.0
"""How often a part of what was over long ago is deleted."""
KEPT_DAYS = 30.0


class Watcher:
    """Judges while it holds the lease. `tick` is all there is to do at one moment; `report` is a second old at most.

    While the database is away it goes on judging for as long as nobody else can have the lease, and writes what changed
    once the database is back. After that it waits, and begins again from what the database holds.
    """

    def __init__(
        self,
        source: Source,
        lease: Lease,
        clock: Callable[[], float] = time,
        restarts: int = 0,
        days: float = KEPT_DAYS,
    ) -> None:
        self.is_watching = False
        self._source, self._lease, self._clock, self._restarts = source, lease, clock, restarts
        self._days = days
        self._rules: dict[int, Rule] = {}
        self._judges = Judges()
        self._alerts: dict[Key, int] = {}
        self._worst: dict[int, float] = {}
        self._waiting: list[Entry] = []
        self._kept_up_at = self._worst_at = self._pruned_at = float("-inf")
        self._seen_at: float | None = None
        self._counts: Counter[str] = Counter()
        self._errors: Counter[str] = Counter()
        self._tick_ms = 0.0
        self._outage = OutageLog(
            logger, "database_away %s: %s; rules are judged until the lease ends", "database_answers"
        )
        self.report = self._report()

    @property
    def is_well(self) -> bool:
        """Are rules judged on what the store shows now, and is what comes of it kept?"""
        is_lost = self._outage.is_logged or self._source.is_away
        return self.is_watching and self._lease.is_held and not is_lost

    def tick(self) -> bool:
        """Keep up with lease and rules, judge, and write what changed; was anything written?"""
        began, now = monotonic(), self._clock()
        if self.is_watching and not self._lease.is_held:
            self._wait("the lease ended before it could be renewed")
        is_due = not 0 <= now - self._kept_up_at < KEEP_UP_SECONDS
        if is_due:
            self._kept_up_at = now
            self._keep_up(now)
        is_news = False
        if self.is_watching:
            self._judge()
            is_news = self._write()
        self._tick_ms = 1000 * (monotonic() - began)
        if is_due:
            self.report = self._report()
        return is_news

    def leave(self) -> None:
        """Leave behind what is pending, and let the next process take over at once."""
        try:
            with at_most(ANSWER_SECONDS):
                if self.is_watching:
                    self._lease.renew(**self._kept())
                self._lease.release()
        except DatabaseError as error:
            logger.warning("lease_not_released %s: %s; it ends by itself", type(error).__name__, error)
        self.is_watching = False

    # -- The database ------------------------------------------------------------------------

    def _keep_up(self, now: float) -> None:
        """Renew the lease, and follow the rules; or take over where nobody watches."""
        try:
            with at_most(ANSWER_SECONDS):
                if not self.is_watching:
                    self._take_over(now)
                elif self._lease.renew(**self._kept()):
                    self._follow_rules(now)
                    self._write_worst(now)
                    self._prune(now)
                else:
                    self._wait("another process has the lease")
        except DatabaseError as error:
            self._is_away(error)
        else:
            self._outage.is_over()

    def _kept(self) -> dict[str, object]:
        """What stands beside the lease, for whoever watches next."""
        if self._seen_at is None:
            return {}
        pending = records.held(self._judges.pending, self._rules)
        return {"heard_at": moment(self._seen_at), "pending": pending}

    def _take_over(self, now: float) -> None:
        """Begin from what the database holds, unless another process has the lease."""
        if not self._lease.take():
            return
        rules = records.rules()
        firing: dict[int, dict[Entity, Firing]] = {}
        self._alerts, self._waiting = {}, []
        for alert in records.firing():
            rule, entity = rules.get(alert.rule_number), records.entity_of(alert)
            self._alerts[alert.rule_number, entity] = alert.pk
            if rule and rule.is_enabled and rule.version == alert.rule_version:
                firing.setdefault(rule.id, {})[entity] = records.as_judged(alert)
            else:
                end = Resolved(entity, now, why_ended(rule), alert.worst_value)
                self._waiting.append(Entry(alert.rule_number, alert.rule_version, end))
        self._rules, self._judges = rules, Judges(rules.values(), records.pending(rules, now), firing)
        self._worst = {}
        self.is_watching = True
        logger.info("watching %d rules, %d alerts fire", len(self._judges), len(self._alerts))

    def _follow_rules(self, now: float) -> None:
        if records.versions() != {number: rule.version for number, rule in self._rules.items()}:
            self._rules = records.rules()
            self._waiting += self._judges.follow(self._rules, now)

    def _write_worst(self, now: float) -> None:
        """Now and then: how far it goes is not worth a write at every tick."""
        if 0 <= now - self._worst_at < WORST_SECONDS:
            return
        self._worst_at = now
        firing = self._judges.firing
        worst = {pk: firing[key].worst for key, pk in self._alerts.items() if key in firing}
        records.write_worst({pk: value for pk, value in worst.items() if self._worst.get(pk) != value})
        self._worst = worst

    def _prune(self, now: float) -> None:
        if not 0 <= now - self._pruned_at < PRUNE_SECONDS:
            self._pruned_at = now
            prune(now, self._days)

    def _judge(self) -> None:
        scenes = self._source.look(self._judges.names)
        now = self._clock()
        self._waiting += self._judges.step(scenes, now)
        if any(scene.is_known for scene in scenes.values()):
            self._seen_at = now

    def _write(self) -> bool:
        """All that waits, in one transaction, as long as nobody else has taken the lease; is it written?"""
        if not self._waiting:
            return False
        try:
            with at_most(ANSWER_SECONDS), transaction.atomic():
                is_ours = self._lease.is_ours()
                alerts = records.write(self._waiting, self._alerts) if is_ours else {}
        except IntegrityError as error:  # somebody wrote what is not as we know it
            self._errors[type(error).__name__] += 1
            self._wait(f"the database holds something else: {error}")
            return False
        except DatabaseError as error:
            self._is_away(error)
            return False
        if not is_ours:
            self._wait("another process has the lease")
            return False
        self._counts.update(type(entry.change).__name__.lower() for entry in self._waiting)
        self._alerts, self._waiting = alerts, []
        return True

    def _is_away(self, error: DatabaseError) -> None:
        self._errors[type(error).__name__] += 1
        self._outage.is_away(type(error).__name__, error)

    def _wait(self, why: str) -> None:
        """Whoever watches next begins from what the database holds, and so do we where we are next."""
        if self.is_watching:
            logger.warning("watching_no_more: %s", why)
        self.is_watching = False
        self._judges, self._alerts, self._waiting, self._seen_at = Judges(), {}, [], None

    def _report(self) -> WatchReport:
        """How things stand."""
        return WatchReport(
            instance=self._lease.holder,
            is_watching=self.is_watching,
            database_answers=not self._outage.is_logged,
            store_answers=not self._source.is_away,
            rules=len(self._judges),
            firing=len(self._alerts),
            pending=len(self._judges.pending),
            unwritten=len(self._waiting),
            tick_ms=self._tick_ms,
            restarts=self._restarts,
            changes=dict(self._counts),
            errors=dict(self._errors),
        )

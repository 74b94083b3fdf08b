"""When a rule fires: the state of all its entities in columns, moved on by one step a moment.

An entity (a market, a strategy, a process, …) is *fine*; *pending* while its value is beyond the threshold, but not for
long enough yet; *firing* from the first step at which it has been for `for_seconds`, until its value is back at
`resolves_at`. Strictly beyond the threshold counts as beyond, at `resolves_at` or on its good side as back; between the
two what fires goes on firing. Without a value it cannot be judged: what is pending starts over, what fires goes on and
is marked.
"""

from collections.abc import Mapping
from typing import Literal, get_args

import msgspec
import numpy as np
from numpy.typing import NDArray

from alerts.domain.entities import Entities, Entity, name_of
from alerts.domain.rules import FOLLOWED, Rule
from alerts.domain.scene import Scene, place_of
from alerts.domain.watched import Column
from metrics.domain.market import MarketId

GONE_AFTER_SECONDS = 3_600.0
"""A market nothing has been heard of for so long does not keep an alert firing."""

Because = Literal["back", "rule changed", "rule disabled", "rule deleted", "market gone", "gone"]
REASONS: tuple[Because, ...] = get_args(Because)
"""Why an alert was resolved. A market is gone, too, when another one of its symbol is followed; all else is gone as
soon as it is not there."""

STATE = np.dtype(
    [(name, np.float64) for name in ("since", "fired_at", "unjudged_since", "worst", "absent_since")]
)
"""Of one entity: since when it has been beyond, when it fired, since when it cannot be judged, its worst value while
it fires, since when there is no such entity; NaN where there is none of that."""


class Firing(msgspec.Struct, frozen=True):
    """What is kept of an alert that fires. Times are seconds since the epoch."""

    pending_since: float
    fired_at: float
    worst: float
    unjudged_since: float | None = None


class Fired(msgspec.Struct, frozen=True):
    """An alert began."""

    entity: Entity
    at: float
    pending_since: float
    value: float


class Resolved(msgspec.Struct, frozen=True):
    """An alert ended."""

    entity: Entity
    at: float
    because: Because
    worst: float


class Unjudged(msgspec.Struct, frozen=True):
    """An alert goes on, and cannot be judged since then; or can be again, where `since` is None."""

    entity: Entity
    since: float | None


Change = Fired | Resolved | Unjudged


class Judge:
    """One rule over all its entities. `pending` (since when) and `firing` are what was kept of an earlier one."""

    def __init__(
        self,
        rule: Rule,
        pending: Mapping[Entity, float] | None = None,
        firing: Mapping[Entity, Firing] | None = None,
    ) -> None:
        self.rule = rule
        self.seen: tuple[int, int] | None = None
        """How many entities there were at the last step, and of how many of them no value was known."""
        self._entities: Entities | None = None
        begun = {entity: _state(since) for entity, since in (pending or {}).items()}
        begun |= {entity: _firing_state(kept) for entity, kept in (firing or {}).items()}
        self._ids = [*begun]
        self._state = np.array([*begun.values()], dtype=STATE)
        self._places: NDArray[np.intp] = np.full(len(begun), -1)

    @property
    def pending(self) -> dict[Entity, float]:
        """Since when the entities have been beyond that are, and do not fire yet."""
        state = self._state
        places = np.flatnonzero(~np.isnan(state["since"]) & np.isnan(state["fired_at"]))
        return {self._ids[place]: float(state["since"][place]) for place in places}

    @property
    def firing(self) -> dict[Entity, Firing]:
        """The alerts that fire."""
        places = np.flatnonzero(~np.isnan(self._state["fired_at"]))
        return {self._ids[place]: _firing(self._state[place]) for place in places}

    def step(self, scene: Scene, now: float) -> list[Change]:
        """What changes at `now`."""
        changes = [] if scene.entities is self._entities else self._align(scene.entities, now)
        if scene.is_known:
            changes += self._end_of_gone(now, is_at_once=scene.is_complete)
        values = scene.column(self.rule.watch)[self._places]
        is_there = self._places >= 0
        self.seen = int(is_there.sum()), int((is_there & np.isnan(values)).sum())
        return changes + self._judge(values, now)

    def close(self, because: Because, now: float) -> list[Change]:
        """The rule is no longer judged: its alerts end."""
        return self._resolve(~np.isnan(self._state["fired_at"]), because, now)

    def _judge(self, values: Column, now: float) -> list[Change]:
        rule, state = self.rule, self._state
        worse: np.ufunc = np.fmax if rule.comparison == "above" else np.fmin
        if rule.comparison == "above":
            beyond, back = values > rule.threshold, values <= rule.resolves_at
        else:
            beyond, back = values < rule.threshold, values >= rule.resolves_at
        firing, is_unknown, is_marked = (
            ~np.isnan(state["fired_at"]),
            np.isnan(values),
            ~np.isnan(state["unjudged_since"]),
        )
        # A clock that was put back must not make anybody wait for longer.
        since = np.minimum(np.where(np.isnan(state["since"]), now, state["since"]), now)
        state["since"] = np.where(firing | beyond, since, np.nan)
        fires = beyond & ~firing & (now - since >= rule.for_seconds)
        state["worst"] = np.where(firing | fires, worse(state["worst"], values), np.nan)
        resolves = firing & back
        is_news = fires | resolves | (firing & (is_unknown != is_marked))
        if not is_news.any():
            return []
        changes = self._resolve(resolves, "back", now)
        changes += self._mark(firing & is_unknown & ~is_marked, now)
        changes += self._mark(firing & ~resolves & ~is_unknown & is_marked, None)
        return changes + self._fire(fires, values, now)

    def _fire(self, fires: NDArray[np.bool_], values: Column, now: float) -> list[Change]:
        self._state["fired_at"][fires] = now
        since = self._state["since"]
        return [
            Fired(self._ids[place], now, float(since[place]), float(values[place]))
            for place in np.flatnonzero(fires)
        ]

    def _mark(self, marked: NDArray[np.bool_], since: float | None) -> list[Change]:
        self._state["unjudged_since"][marked] = np.nan if since is None else since
        return [Unjudged(self._ids[place], since) for place in np.flatnonzero(marked)]

    def _resolve(self, resolved: NDArray[np.bool_], because: Because, now: float) -> list[Change]:
        changes: list[Change] = [
            Resolved(self._ids[place], now, because, float(self._state["worst"][place]))
            for place in np.flatnonzero(resolved)
        ]
        self._state[resolved] = np.nan
        return changes

    def _end_of_gone(self, now: float, *, is_at_once: bool) -> list[Change]:
        absent = self._state["absent_since"]
        if not len(absent):
            return []
        if is_at_once:
            return self._resolve(~np.isnan(absent), "gone", now)
        return self._resolve(now - absent > GONE_AFTER_SECONDS, "market gone", now)

    def _align(self, entities: Entities, now: float) -> list[Change]:
        """Take the columns over to other entities. What fires stays, although its entity may not be there."""
        followed = set(entities.followed)
        chosen = {
            entity: place for place, entity in enumerate(entities.ids) if self._is_about(entity, followed)
        }
        known = {entity: place for place, entity in enumerate(self._ids)}
        taken = {market.symbol for market in followed} if self.rule.market == FOLLOWED else set()
        absent = [entity for entity in self.firing if entity not in chosen]
        ids = [*chosen, *absent]
        before = np.append(self._state, np.full(1, np.nan).astype(STATE))
        self._state = before[[known.get(entity, -1) for entity in ids]]
        self._ids, self._entities = ids, entities
        self._places = np.array([chosen.get(entity, -1) for entity in ids], dtype=np.intp)
        since = self._state["absent_since"]
        since[:] = np.where(self._places < 0, np.where(np.isnan(since), now, since), np.nan)
        replaced = np.array(
            [entity not in chosen and name_of(entity) in taken for entity in ids], dtype=np.bool_
        )
        return self._resolve(replaced, "market gone", now)

    def _is_about(self, entity: Entity, followed: set[MarketId]) -> bool:
        rule = self.rule
        if isinstance(entity, MarketId):
            is_place = entity in followed if rule.market == FOLLOWED else place_of(entity) == rule.market
            return is_place and rule.covers(entity.symbol)
        return rule.covers(entity.name)


def _state(
    since: float, fired_at: float = np.nan, unjudged_since: float | None = None, worst: float = np.nan
) -> tuple[float, ...]:
    """In the order of STATE."""
    return since, fired_at, np.nan if unjudged_since is None else unjudged_since, worst, np.nan


def _firing_state(kept: Firing) -> tuple[float, ...]:
    return _state(kept.pending_since, kept.fired_at, kept.unjudged_since, kept.worst)


def _firing(state: np.void) -> Firing:
    unjudged = float(state["unjudged_since"])
    return Firing(
        pending_since=float(state["since"]),
        fired_at=float(state["fired_at"]),
        worst=float(state["worst"]),
        unjudged_since=None if np.isnan(unjudged) else unjudged,
    )

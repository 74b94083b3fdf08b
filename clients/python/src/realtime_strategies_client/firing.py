"""The live stream of alerts: what fires, whole after every frame, and what has happened meanwhile."""

from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec

from realtime_strategies_client.asking import decoded
from realtime_strategies_client.errors import StreamClosed
from realtime_strategies_client.following import Frame, Sequence, ServerClock


class Alert(msgspec.Struct, kw_only=True):
    """What fired, as its rule was then. `value_in_words`, `venue` and `form` are of the stream alone.

    It is about a `symbol` in a `market`, or about an `entity`: a strategy, a part of the system, and so on.
    `rule` is None where it was deleted since, `resolved_at` while it fires; `unjudged_since` says since when there is
    no value to judge, `silenced_until` until when people are not told of it.
    """

    id: int
    rule: int | None
    rule_version: int
    rule_name: str
    watch: str
    comparison: str
    threshold: float
    unit: str
    severity: str
    symbol: str | None = None
    market: str | None = None
    entity: str | None = None
    value_at_firing: float
    worst_value: float
    pending_since: datetime
    fired_at: datetime
    resolved_at: datetime | None
    resolved_because: str | None
    unjudged_since: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    acknowledged_note: str | None
    silenced_until: datetime | None
    value_in_words: str | None = None
    venue: str | None = None
    form: str | None = None


class Event(Alert, kw_only=True):
    """Something that happened to an alert; whoever acts on it does so once for each `key`."""

    key: str
    state: str  # "firing", "acknowledged" or "resolved"


@dataclass(frozen=True, kw_only=True)
class Firing:
    """What fires. `alerts` are the newest 200 at least, by id; `firing` is how many there are.

    `unattended` is of how many nobody says that they look after them, by severity. `events` is what has happened since
    the state before, in its order; what happened without a connection is in none. `is_watched` is whether any process
    judges rules: without one an empty list is no calm.
    """

    trouble: str | None
    firing: int = 0
    unattended: dict[str, int] = field(default_factory=dict)
    is_watched: bool = False
    alerts: dict[int, Alert] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    sent_at: datetime | None = None

    @property
    def is_live(self) -> bool:
        """Is this what fires now?"""
        return self.trouble is None


class _AlertsFrame(Frame, kw_only=True):
    firing: int = 0
    unattended: dict[str, int] = {}
    is_watched: bool = False
    alerts: list[Alert] = []
    events: list[Event] = []


class FiringView:
    """What fires, from the frames of one connection after the other."""

    def __init__(self) -> None:
        self._sequence, self._is_unknown = Sequence(), False
        self._firing = Firing(trouble="Not connected yet")
        self._events: list[Event] = []
        """Not shown yet: of several frames that come together one state is shown."""

    def begin(self, clock: ServerClock) -> None:
        self._sequence, self._is_unknown = Sequence(), False

    def take(self, text: str) -> datetime | None:
        frame = decoded(text, _AlertsFrame)
        if frame.code == "STORE_UNAVAILABLE":
            self._is_unknown = True
            self._firing = replace(self._firing, trouble=frame.message)
            return None
        if frame.type == "error":
            raise StreamClosed(frame.code, frame.message)
        if frame.type in ("snapshot", "update") and self._sequence.accept(frame):
            self._is_unknown = False
            self._events += frame.events
            self._firing = Firing(
                trouble=None,
                firing=frame.firing,
                unattended=frame.unattended,
                is_watched=frame.is_watched,
                alerts=self._alerts_after(frame),
                sent_at=frame.sent_at,
            )
        return frame.sent_at

    def _alerts_after(self, frame: _AlertsFrame) -> dict[int, Alert]:
        alerts = {} if frame.type == "snapshot" else dict(self._firing.alerts)
        alerts |= {alert.id: alert for alert in (*frame.alerts, *frame.events)}
        return {number: alert for number, alert in alerts.items() if alert.resolved_at is None}

    def state(self) -> Firing | None:
        return self._shown() if self._sequence.is_whole or self._is_unknown else None

    def without_connection(self, trouble: str) -> Firing:
        self._firing = replace(self._firing, trouble=trouble)
        return self._shown()

    def _shown(self) -> Firing:
        """With each event once."""
        events, self._events = tuple(self._events), []
        return replace(self._firing, events=events)

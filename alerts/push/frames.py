"""What the sockets get: JSON text, numbered, from which follows what fires."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from alerts.api.answers import AlertItem, alert_item
from alerts.domain import words
from alerts.domain.scene import market_at
from alerts.models import Alert
from alerts.reading import Quiet
from live.frames import encode, sent_at

MOST_IN_A_FRAME = 200
"""Alerts of a snapshot, the newest, and news of an update."""
Event = Literal["firing", "acknowledged", "resolved"]


class News(msgspec.Struct, frozen=True):
    """Something that happened to an alert; `key` is the same whenever and wherever it is told."""

    state: Event
    item: Mapping[str, Any]

    def body(self) -> dict[str, Any]:
        return {"key": f"{self.item['id']}.{self.state}", "state": self.state, **self.item}


class Told(AlertItem):
    """What REST says of an alert, its value as people read it, and venue and form of its market, null without one."""

    value_in_words: str
    venue: str | None
    form: str | None


def told(alert: Alert, quiet: Quiet) -> Told:
    market = market_at(alert.symbol, alert.market) if alert.symbol else None
    return {
        **alert_item(alert, quiet.until_of(alert)),
        "value_in_words": words.value(alert.watch, alert.value_at_firing),
        "venue": market and market.venue,
        "form": market and market.form,
    }


class Standing(msgspec.Struct, frozen=True):
    """How many fire, of how many that are not silenced nobody says that they look after them, by severity, and whether
    any process watches; `newest` is the highest id of an alert, whatever became of it."""

    firing: int = 0
    unattended: Mapping[str, int] = {}
    is_watched: bool = False
    newest: int = 0


def in_parts(news: list[News]) -> list[list[News]]:
    """What one update has room for, each; one without any where there is none."""
    return [news[at : at + MOST_IN_A_FRAME] for at in range(0, max(1, len(news)), MOST_IN_A_FRAME)]


class FiringNow(msgspec.Struct, frozen=True):
    """What fires at one moment, and what has happened since the moment before. `seq` counts the updates of an epoch."""

    epoch: str = ""
    seq: int = 0
    standing: Standing = Standing()
    alerts: list[Told] = []
    news: list[News] = []

    def frames_since(self, before: "FiringNow") -> list[str]:
        """Updates, each of which follows on the one before. Of another epoch there are none: snapshots begin it."""
        if self.epoch != before.epoch or self.seq == before.seq:
            return []
        parts = in_parts(self.news)
        return [
            self._frame("update", seq, events=[each.body() for each in part])
            for seq, part in enumerate(parts, start=self.seq - len(parts) + 1)
        ]

    def snapshot(self) -> str:
        """All of it, for a new socket."""
        return self._frame("snapshot", self.seq, alerts=self.alerts)

    def _frame(self, kind: str, seq: int, **contents: Any) -> str:
        numbered = {"type": kind, "epoch": self.epoch, "seq": seq, "sent_at": sent_at()}
        return encode(numbered | msgspec.structs.asdict(self.standing) | contents)

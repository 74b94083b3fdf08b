"""What the sockets get: JSON text, and which levels and processes differ since they were last sent."""

from typing import Any

import msgspec

from halts.domain import HaltRecord, Halts
from live.frames import encode, sent_at
from strategies.answers import level_answer
from strategies.convergence import LevelInForce
from strategies.domain.signal import moment
from strategies.receipts import ProcessReport

Body = dict[str, Any]


class Overview(msgspec.Struct, frozen=True):
    """Everything a page needs to know of the strategies' configuration at one moment, ready to send."""

    levels: dict[str, Body]
    processes: dict[str, Body]
    halts: list[Body]

    @classmethod
    def of(
        cls, levels: list[LevelInForce], reports: list[ProcessReport], halts: Halts, now: float
    ) -> "Overview":
        return cls(
            {f"{level.strategy_id}/{level.symbol or ''}": level_answer(level) for level in levels},
            {report.instance: process_body(report, now) for report in reports},
            [halt_body(record) for record in halts.records.values()],
        )

    def frames_since(self, before: "Overview") -> list[str]:
        """One frame for each level and process that is new or different, and for what is gone."""
        frames = [
            encode({"type": "applied", **body})
            for name, body in self.levels.items()
            if body != before.levels.get(name)
        ]
        frames += [
            encode({"type": "level_left", "strategy_id": body["strategy_id"], "symbol": body["symbol"]})
            for name, body in before.levels.items()
            if name not in self.levels
        ]
        frames += [
            encode({"type": "process", **body})
            for name, body in self.processes.items()
            if body != before.processes.get(name)
        ]
        gone = [name for name in before.processes if name not in self.processes]
        frames += [encode({"type": "process_left", "instance": name}) for name in gone]
        if self.halts != before.halts:
            frames.append(encode({"type": "halts", "halts": self.halts}))
        return frames

    def snapshot(self) -> str:
        """All of it, for a new socket."""
        return encode(
            {
                "type": "snapshot",
                "sent_at": sent_at(),
                "levels": list(self.levels.values()),
                "processes": list(self.processes.values()),
                "halts": self.halts,
            }
        )


NOTHING_YET = Overview({}, {}, [])


def process_body(report: ProcessReport, now: float) -> Body:
    """One process: is it heard, and what does it run on?"""
    return {
        "instance": report.instance,
        "partition": report.partition,
        "strategies": report.strategies,
        "heard": not report.is_silent(now),
        "connected": report.connected,
        "nats_away_since": None if report.nats_away_since is None else moment(report.nats_away_since),
        "configuration": report.configuration,
        "database_answers": report.database_answers,
        "halts": [halt_body(record) for record in report.halts],
    }


def halt_body(record: HaltRecord) -> Body:
    return {
        "strategy_id": record.strategy_id or None,
        "symbol": record.symbol or None,
        "state": "HALTED" if record.halted else "ACTIVE",
        "reason": record.reason,
        "actor": record.actor,
        "at": moment(record.at),
        "since": moment(record.began),
    }

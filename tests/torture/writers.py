"""Those who set values, each for a reason of its own, and read in the audit trail what has become of them."""

import asyncio
from collections.abc import Iterator
from itertools import count
from random import Random

from tests.torture.asking import Client
from tests.torture.evidence import Evidence, Outcome, Reading, Write
from tests.torture.tormentor import pause

WRITERS = tuple(f"writer {number}" for number in range(1, 9))
PAUSE_SECONDS = (0.1, 0.4)
READ_SHARE = 0.25
PARAMETER = "base_confidence"
"""Every one of these strategies has it, no rule binds it to another, and no signal depends on it."""
LEVELS = tuple(
    (strategy_id, symbol)
    for strategy_id in ("orderbook_skew", "trade_momentum", "ticker_velocity")
    for symbol in ("", "BTCUSDT", "ETHUSDT", "SOLUSDT")
)


def values() -> Iterator[float]:
    """No two alike, so that every write changes something and is distinguished from every other."""
    return (round(0.5 + number / 1_000_000, 6) for number in count(1))


class Writer:
    """Merges one value after the other into levels that others write as well."""

    def __init__(
        self, name: str, client: Client, fresh: Iterator[float], rng: Random, evidence: Evidence
    ) -> None:
        self.name = name
        self._client, self._values, self._rng, self._evidence = client, fresh, rng, evidence
        self._acknowledged: dict[tuple[str, str], int] = {}

    async def write(self, stop: asyncio.Event) -> None:
        """Until `stop`; what was asked by then is waited for."""
        numbers = count(1)
        while not stop.is_set():
            await self._write_once(f"{self.name}, write {next(numbers)}")
            if self._acknowledged and self._rng.random() < READ_SHARE:
                await self._read_once()
            await pause(stop, self._rng.uniform(*PAUSE_SECONDS))

    async def _write_once(self, reason: str) -> None:
        strategy_id, symbol = self._rng.choice(LEVELS)
        value = next(self._values)
        path = f"/strategies/{strategy_id}/config" + (f"/{symbol}" if symbol else "")
        answer = await self._client.ask("POST", path, {"parameters": {PARAMETER: value}, "reason": reason})
        self._evidence.writes.append(
            Write(
                reason=reason,
                strategy_id=strategy_id,
                symbol=symbol,
                parameter=PARAMETER,
                value=value,
                answer=answer,
            )
        )
        if answer.outcome is Outcome.ACKNOWLEDGED:
            self._acknowledged[strategy_id, symbol] = answer.body["data"]["version"]

    async def _read_once(self) -> None:
        (strategy_id, symbol), at_least = self._rng.choice(list(self._acknowledged.items()))
        query = "limit=1" + (f"&symbol={symbol}" if symbol else "")
        answer = await self._client.ask("GET", f"/strategies/{strategy_id}/audit?{query}")
        if answer.outcome is Outcome.ACKNOWLEDGED:
            self._evidence.readings.append(
                Reading(
                    strategy_id=strategy_id,
                    symbol=symbol,
                    at_least=at_least,
                    newest=max((row["version"] for row in answer.body["data"]), default=0),
                    answered_at=answer.answered_at,
                )
            )

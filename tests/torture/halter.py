"""The one who halts and resumes: strategies, symbols and single pairs, through REST and from a shell.

Several decisions are under way at once, each about a scope of its own: one that has to wait keeps no other from
being asked for.
"""

import asyncio
from collections.abc import Mapping
from itertools import count
from random import Random

from tests.torture.asking import Client, shell
from tests.torture.evidence import Answer, Decision, Evidence, Outcome, Scope
from tests.torture.tormentor import pause

HALTER = "halter"
PAUSE_SECONDS = (0.2, 1.0)
SHELL_SHARE = 0.25
AT_ONCE = 3
SCOPES = (
    Scope("trade_momentum", ""),
    *(Scope("", symbol) for symbol in ("BTCUSDT", "XRPUSDT", "BNBUSDT", "ADAUSDT")),
    *(Scope("orderbook_skew", symbol) for symbol in ("ETHUSDT", "SOLUSDT", "DOGEUSDT", "ETHBTC")),
)
"""Of symbols the simulator lists."""


class Halter:
    """Asks for the opposite of what it last heard of a scope."""

    def __init__(
        self, client: Client, environment: Mapping[str, str], rng: Random, evidence: Evidence
    ) -> None:
        self._client, self._environment = client, environment
        self._rng, self._evidence = rng, evidence
        self._numbers = count(1)
        self._halted: set[Scope] = set()
        self._waiting: set[Scope] = set()

    async def decide(self, stop: asyncio.Event) -> None:
        """Until `stop`; what was asked by then is waited for."""
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._go_on(stop), name=HALTER)

    async def _go_on(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            scope = self._rng.choice([scope for scope in SCOPES if scope not in self._waiting])
            self._waiting.add(scope)
            await self._decide_once(scope, f"{HALTER}, decision {next(self._numbers)}")
            self._waiting.discard(scope)
            await pause(stop, self._rng.uniform(*PAUSE_SECONDS))

    async def _decide_once(self, scope: Scope, reason: str) -> None:
        halted = scope not in self._halted
        way = "shell" if self._rng.random() < SHELL_SHARE else "REST"
        ask = self._by_shell if way == "shell" else self._by_rest
        answer = await ask(scope, halted, reason)
        self._evidence.decisions.append(
            Decision(
                reason=reason,
                scope=scope,
                halted=halted,
                way=way,
                answer=answer,
                is_changed=has_changed(answer),
            )
        )
        if answer.outcome is Outcome.ACKNOWLEDGED:
            self._halted ^= {scope}

    async def _by_rest(self, scope: Scope, halted: bool, reason: str) -> Answer:
        deed = "halt" if halted else "resume"
        body = {"reason": reason}
        if not scope.strategy_id:
            path = f"/strategies/{deed}"
            body["symbol"] = scope.symbol
        else:
            path = f"/strategies/{scope.strategy_id}/{deed}" + (f"/{scope.symbol}" if scope.symbol else "")
        return await self._client.ask("POST", path, body)

    async def _by_shell(self, scope: Scope, halted: bool, reason: str) -> Answer:
        words = ["halt" if halted else "resume", "--reason", reason]
        words += ["--strategy", scope.strategy_id] if scope.strategy_id else []
        words += ["--symbol", scope.symbol] if scope.symbol else []
        return await shell(self._environment, *words)


def has_changed(answer: Answer) -> bool:
    """A resumption where nothing is halted says so, and changes nothing."""
    metadata = answer.body.get("metadata") or {}
    return metadata.get("action") != "unchanged" and "nothing changed" not in answer.body.get("printed", "")

"""What the strategy processes keep in Redis.

<prefix>:signals:<strategy>          list: the newest signals of a strategy, JSON, in order of arrival, newest first
<prefix>:signals:<strategy>:halted   list: the newest that a halt held back, likewise
<prefix>:held_back:<level>:<since>   hash: `signals` a halt has held back, and when the `last` was
<prefix>:held_back:since             string: since when all of these are counted
<prefix>:strategies                  hash: process instance -> ProcessReport, msgpack
<prefix>:measured                    sorted set: the slots in which processes measured, by their start
<prefix>:measured:<strategy>:<slot>  hash: symbol ("" for all) -> Measured, msgpack
<prefix>:looking_back                string: whose turn it is to look up outcomes
<prefix>:receipts                    channel: the instance whose report has just changed

A list to each strategy: one that signals all day does not push out another that signals twice a week; and what a long
halt holds back does not push out what was sent.
"""

from halts.domain import HaltRecord
from strategies.domain.signal import moment

KEPT_SIGNALS = 1_000
"""Of each strategy."""
KEPT_HALTED = 200
"""Of each strategy, those that a halt held back."""
KEPT_SECONDS = 30 * 86_400
"""A strategy that has not signalled for so long is forgotten."""
COUNTED_SECONDS = 366 * 86_400
"""How many signals a halt has held back is forgotten so long after the last."""

MEASURED_SECONDS = 75 * 60
"""A slot is forgotten so long after it was saved last; nobody asks for what is older than an hour and a slot."""


class StrategyKeys:
    """All names under one prefix."""

    def __init__(self, prefix: str) -> None:
        self._signals = f"{prefix}:signals"
        self._held_back = f"{prefix}:held_back"
        self.counted_since = f"{prefix}:held_back:since"
        self.measured_slots = f"{prefix}:measured"
        self.looking_back = f"{prefix}:looking_back"
        self.processes = f"{prefix}:strategies"
        self.receipts_channel = f"{prefix}:receipts"

    def signals(self, strategy_id: str) -> str:
        """The newest signals of one strategy."""
        return f"{self._signals}:{strategy_id}"

    def halted(self, strategy_id: str) -> str:
        """The newest signals of one strategy that a halt held back."""
        return f"{self._signals}:{strategy_id}:halted"

    def measured(self, strategy_id: str, slot: str) -> str:
        """What one strategy measured in one slot of one process."""
        return f"{self.measured_slots}:{strategy_id}:{slot}"

    def held_back(self, halt: HaltRecord) -> str:
        """What one halt has held back, whatever reasons it was given since it began."""
        return f"{self._held_back}:{halt.strategy_id}:{halt.symbol}:{moment(halt.began)}"

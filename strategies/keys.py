"""What the strategy processes keep in Redis.

<prefix>:signals          list: the newest signals, JSON, newest first
<prefix>:strategies       hash: process instance -> ProcessReport, msgpack
<prefix>:receipts         channel: the instance whose report has just changed
"""

KEPT_SIGNALS = 1_000


class StrategyKeys:
    """All names under one prefix."""

    def __init__(self, prefix: str) -> None:
        self.signals = f"{prefix}:signals"
        self.processes = f"{prefix}:strategies"
        self.receipts_channel = f"{prefix}:receipts"

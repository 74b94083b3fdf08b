"""The two faces, with all calls."""

from realtime_strategies_client.alerts import AlertCalls
from realtime_strategies_client.configuration import Configuration
from realtime_strategies_client.faces import TIMEOUT_SECONDS, Async, Sync
from realtime_strategies_client.halts import Halts
from realtime_strategies_client.live import Streams
from realtime_strategies_client.metrics import Metrics
from realtime_strategies_client.signals import SignalCalls


class Client(Sync):
    """Without asyncio: calls return, streams are for `for`.

    `address` (else REALTIME_STRATEGIES_URL) is where the pages are, `token` (else REALTIME_STRATEGIES_TOKEN) who asks,
    `timeout` the seconds that connecting, sending and answering may each take.
    """

    def __init__(
        self, address: str | None = None, token: str | None = None, *, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        super().__init__(address, token, timeout)
        face: Sync = self
        self.metrics, self.config = Metrics(face), Configuration(face)
        self.halts, self.signals = Halts(face), SignalCalls(face)
        self.alerts = AlertCalls(face)
        self.pressure, self.depth = Streams(face).pressure, Streams(face).depth


class AsyncClient(Async):
    """The same with asyncio: calls are awaited, streams are for `async for`."""

    def __init__(
        self, address: str | None = None, token: str | None = None, *, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        super().__init__(address, token, timeout)
        face: Async = self
        self.metrics, self.config = Metrics(face), Configuration(face)
        self.halts, self.signals = Halts(face), SignalCalls(face)
        self.alerts = AlertCalls(face)
        self.pressure, self.depth = Streams(face).pressure, Streams(face).depth

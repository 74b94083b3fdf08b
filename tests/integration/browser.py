"""A client that does what our pages do: follows the market, comes back by itself, and checks all it hears."""

import json
from threading import Event, Thread
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from tests.integration.scripted import ScriptedMarket


class Browser(Thread):
    """Keeps the rows of `/ws/pressure/` and the book of one symbol as a page would show them.

    `problems` lists everything it heard that it should not have: a number nobody published, an old book
    that calls itself live, a gap in a sequence.
    """

    def __init__(self, address: str, market: ScriptedMarket, stale_after: float) -> None:
        super().__init__(name=f"browser {address}", daemon=True)
        self.rows: dict[str, dict[str, Any]] = {}
        self.feed = "unknown"
        self.connections = 0
        self.snapshots = 0
        self.frames = 0
        self.is_connected = False
        self.problems: list[str] = []
        self._address = address
        self._market = market
        self._stale_after = stale_after
        self._place: tuple[str, int] | None = None
        self._stop_asked = Event()

    def stop(self) -> None:
        self._stop_asked.set()
        self.join(15)

    def states(self) -> set[str]:
        """States of all rows shown."""
        return {row["state"] for row in self.rows.values()}

    def is_live(self) -> bool:
        """Connected, every row live, all of them."""
        return self.is_connected and len(self.rows) > 0 and self.states() == {"live"}

    def run(self) -> None:
        while not self._stop_asked.is_set():
            try:
                self._follow()
            except (OSError, WebSocketException):
                self.is_connected = False
                self._stop_asked.wait(0.1)

    def _follow(self) -> None:
        with connect(self._address, max_size=None, open_timeout=5) as socket:
            self.connections += 1
            self.is_connected = True
            self._place = None
            while not self._stop_asked.is_set():
                try:
                    self._take(json.loads(socket.recv(timeout=0.5)))
                except TimeoutError:
                    continue

    def _take(self, frame: dict[str, Any]) -> None:
        kind = frame["type"]
        self.feed = frame.get("feed", self.feed)
        if kind in ("snapshot", "update"):
            self._check_place(frame)
            rows = self._rows(frame)
            for symbol, row in rows.items():
                self._check_row(symbol, row)
            kept = {} if kind == "snapshot" else dict(self.rows)
            for symbol in frame.get("removed", ()):
                kept.pop(symbol, None)
            self.snapshots += kind == "snapshot"
            self.rows = kept | rows
        elif kind == "removed":
            self.rows = {}
        self.frames += 1

    def _rows(self, frame: dict[str, Any]) -> dict[str, dict[str, Any]]:
        if "symbols" in frame:
            return frame["symbols"]
        metrics = frame["metrics"]
        numbers = {
            "mid_price": metrics["spread"]["mid_price"],
            "net_pressure": metrics["pressure"]["net_pressure"],
        }
        return {frame["symbol"]: {"state": metrics["state"], "age_ms": metrics["age_ms"], **numbers}}

    def _check_place(self, frame: dict[str, Any]) -> None:
        place = (frame["epoch"], frame["seq"])
        if frame["type"] == "update" and self._place != (place[0], place[1] - 1):
            self.problems.append(f"{place} after {self._place}")
        self._place = place

    def _check_row(self, symbol: str, row: dict[str, Any]) -> None:
        expected = self._market.expected(symbol, row["mid_price"])
        if expected is None or abs(row["net_pressure"] - expected) > 0.005001:
            self.problems.append(f"{symbol}: nobody published {row}")
        if row["state"] == "live" and row["age_ms"] > 1000 * self._stale_after:
            self.problems.append(f"{symbol}: live and {row['age_ms']} ms old")

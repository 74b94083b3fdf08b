"""What a house is asked about its processes, and the book that makes them decide."""

import time

import httpx

from realtime.stack.servers import LOCALHOST
from strategies.receipts import ProcessReport
from tests.strategies import house as houses
from tests.strategies.house import House
from tests.strategies.test_engine import depth


def statuses(house: House, symbol: str = "") -> list[str]:
    return sorted(row["status"] for row in house.applied(symbol=symbol)["data"])


def reports(house: House) -> list[ProcessReport]:
    return house.reader.processes()


class Market:
    """Books with rising ids, whoever asks for them."""

    update_id = int(time.time() * 1000)

    @classmethod
    def flip(cls, house: House) -> None:
        """A skewed book after an even one: a signal, unless something holds it back."""
        cls.update_id += 10
        house.publish(depth(1, 1, cls.update_id), depth(2.9, 1, cls.update_id + 1))


def signals(house: House) -> int:
    return sum(sum(report.signals.values()) for report in reports(house))


def state_of(house: House, strategy: str) -> str:
    states = {item["strategy_id"]: item["state"] for item in house.ask("GET", "/strategies")["data"]}
    return str(states[strategy])


def suppressed(house: House) -> int:
    return sum(sum(report.suppressed.values()) for report in reports(house))


def log_in(house: House) -> str:
    with httpx.Client(base_url=f"http://{LOCALHOST}:{house.port}", follow_redirects=True) as client:
        client.get("/admin/login/")
        form = {
            "username": "manager",
            "password": houses.PASSWORD,
            "csrfmiddlewaretoken": client.cookies["csrftoken"],
        }
        client.post("/admin/login/", data=form, headers={"Referer": str(client.base_url)})
        return f"sessionid={client.cookies['sessionid']}"

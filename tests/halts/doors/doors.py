"""The doors a halt comes in by. Each gives what it answered, and fails where that is no halt."""

import re
import subprocess
import sys

import httpx

from realtime.stack.servers import LOCALHOST
from tests.servers import ROOT
from tests.strategies.house import PASSWORD, House


def by_shell(house: House, reason: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", "halt", "--reason", reason],
        cwd=ROOT, env=house.environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 0, done.stderr
    return done.stdout.partition("\n")[0]


def by_rest(house: House, reason: str) -> str:
    answer = httpx.post(
        f"http://{LOCALHOST}:{house.port}/api/v1/strategies/halt",
        json={"reason": reason},
        headers={"Authorization": f"Token {house.token}"},
        timeout=20,
    )
    assert answer.status_code in (200, 202), answer.text
    body = answer.json()
    return f"{answer.status_code} {body['metadata'].get('ways', 'database')}"


class Browser:
    """Somebody who is logged in to the admin."""

    def __init__(self, house: House) -> None:
        self._client = httpx.Client(base_url=f"http://{LOCALHOST}:{house.port}", timeout=20)
        log_in = {"username": "manager", "password": PASSWORD, "next": "/admin/"}
        assert self._post("/admin/login/", log_in).status_code == 302
        assert self._client.get("/admin/halt/").status_code == 200  # the desk knows this browser now

    def halt(self, _house: House, reason: str) -> str:
        answer = self._post("/admin/halt/", {"strategy": "", "symbol": "", "_reason": reason}, looks=False)
        assert answer.status_code in (202, 302), answer.text[-2000:]
        ways = re.search(r"Sent by way of ([^.]*)\.", answer.text)
        return f"{answer.status_code} {ways.group(1) if ways else 'database'}"

    def _post(self, address: str, form: dict[str, str], *, looks: bool = True) -> httpx.Response:
        if looks:
            self._client.get(address)
        token = {"csrfmiddlewaretoken": self._client.cookies["csrftoken"]}
        return self._client.post(address, data=form | token)

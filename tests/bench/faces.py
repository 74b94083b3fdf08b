"""The two ways configuration is saved: a program through REST, a person through the admin's form."""

import time
from html.parser import HTMLParser
from typing import NamedTuple, Protocol

import httpx

from configuration.domain.states import version_in
from tests.strategies.house import PASSWORD, House

LEVELS = "/admin/strategies"
Fields = list[tuple[str, str]]


class Saved(NamedTuple):
    """A save that was accepted: the version it made, when it was asked for, and when that was answered."""

    version: int
    asked_at: float
    answered_at: float


class Face(Protocol):
    """Sets one parameter of one level."""

    def save(self, strategy_id: str, symbol: str | None, parameter: str, value: int) -> Saved: ...


class Rest:
    """A program with a token."""

    def __init__(self, base: str, house: House) -> None:
        self._client = httpx.Client(
            base_url=base + "/api/v1", headers={"Authorization": f"Token {house.token}"}, timeout=20
        )

    def save(self, strategy_id: str, symbol: str | None, parameter: str, value: int) -> Saved:
        path = f"/strategies/{strategy_id}/config" + (f"/{symbol}" if symbol else "")
        body = {"parameters": {parameter: value}, "reason": "measurement"}
        asked_at = time.time()
        answer = self._client.post(path, json=body)
        answered_at = time.time()
        assert answer.status_code == 200, answer.text
        return Saved(answer.json()["data"]["version"], asked_at, answered_at)


class Admin:
    """A person who has logged in, opens the form of a level, types a number, gives a reason and presses Save."""

    def __init__(self, base: str, house: House) -> None:
        self._client = httpx.Client(base_url=base, headers={"Origin": base}, timeout=20)
        form = Form.read(self._client.get("/admin/login/").text, "login-form")
        done = self._client.post("/admin/login/", data=form.filled(username="manager", password=PASSWORD))
        assert done.status_code == 302, f"the log-in was refused: {done.status_code}"

    def save(self, strategy_id: str, symbol: str | None, parameter: str, value: int) -> Saved:
        path = f"{LEVELS}/{strategy_id}/" + (f"symbols/{symbol}/" if symbol else "global/")
        opened = self._client.get(path)
        assert opened.status_code == 200, f"{path}: {opened.status_code}"
        form = Form.read(opened.text, "level-form")
        entered = form.filled(**{parameter: str(value), "_reason": "measurement", "_step": "save"})
        asked_at = time.time()
        answer = self._client.post(path, data=entered)
        answered_at = time.time()
        assert answer.status_code == 302, f"{path}: {answer.status_code}, not saved"
        return Saved(version_in(form.value("_opened")) + 1, asked_at, answered_at)


class Form(HTMLParser):
    """What a browser would send of one form of a page: its successful controls, in order."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.fields: Fields = []
        self._form_id = form_id
        self._is_inside = False
        self._takes_text = False  # of a textarea, or of the option that is selected

    @classmethod
    def read(cls, page: str, form_id: str) -> "Form":
        form = cls(form_id)
        form.feed(page)
        assert form.fields, f"there is no form {form_id}"
        return form

    def value(self, name: str) -> str:
        return next(value for field, value in self.fields if field == name)

    def filled(self, **entered: str) -> dict[str, list[str]]:
        """The fields by name, with what was entered in place of what stood there."""
        sent: dict[str, list[str]] = {}
        for name, value in self.fields:
            sent.setdefault(name, []).append(value)
        return sent | {name: [value] for name, value in entered.items()}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._is_inside = given.get("id") == self._form_id
        if not self._is_inside:
            return
        is_off = given.get("type") in ("checkbox", "radio") and "checked" not in given
        is_button = given.get("type") in ("submit", "button")
        if tag in ("input", "select", "textarea") and given.get("name") and not is_off and not is_button:
            self.fields.append((str(given["name"]), given.get("value") or ""))
        self._takes_text = tag == "textarea" or (tag == "option" and "selected" in given)

    def handle_data(self, data: str) -> None:
        if self._takes_text:
            name, text = self.fields[-1]
            self.fields[-1] = (name, text + data)

    def handle_endtag(self, tag: str) -> None:
        self._takes_text = False
        if tag == "form":
            self._is_inside = False

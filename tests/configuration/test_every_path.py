"""No door is wider than another: the same refusals everywhere, and an audit row for every change."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from configuration import services
from configuration.exceptions import ValidationFailed
from configuration.models import Source, StrategyConfig
from configuration.services import Author
from symbols import fault_of
from tests.configuration.conftest import session_client, token_client
from tests.symbols import LOOK_ALIKES

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SKEW = "orderbook_skew"
Door = Callable[[User, str | None, dict[str, Any], Path], str]  # what it answers when it refuses


def through_service(user: User, symbol: str | None, parameters: dict[str, Any], scratch: Path) -> str:
    with pytest.raises(ValidationFailed) as refusal:
        services.write(SKEW, symbol, parameters, author=Author(source=Source.API, user=user))
    return "\n".join(refusal.value.details["errors"])


def through_preview(user: User, symbol: str | None, parameters: dict[str, Any], scratch: Path) -> str:
    try:
        return "\n".join(problem.message for problem in services.preview(SKEW, symbol, parameters).problems)
    except ValidationFailed as refusal:
        return "\n".join(refusal.details["errors"])


def through_api(client: Callable[[User], Any], validate_only: bool) -> Door:
    def door(user: User, symbol: str | None, parameters: dict[str, Any], scratch: Path) -> str:
        path = f"/api/v1/strategies/{SKEW}/config" + (f"/{symbol}" if symbol else "")
        payload = json.dumps({"parameters": parameters, "validate_only": validate_only})
        response = client(user).post(path, payload, content_type="application/json")
        assert response.status_code == 400
        return "\n".join(json.loads(response.content)["error"]["details"]["errors"])

    return door


def through_validation(user: User, symbol: str | None, parameters: dict[str, Any], scratch: Path) -> str:
    payload = json.dumps({"strategy_id": SKEW, "symbol": symbol, "parameters": parameters})
    client = token_client(user)
    response = client.post("/api/v1/config/validate", payload, content_type="application/json")
    answer = json.loads(response.content)
    if answer["error"]:
        return "\n".join(answer["error"]["details"]["errors"])
    return "\n".join(error["message"] for error in answer["data"]["errors"])


def through_import(user: User, symbol: str | None, parameters: dict[str, Any], scratch: Path) -> str:
    level = {"symbols": {symbol: parameters}} if symbol else {"global": parameters}
    document = scratch / "configuration.yaml"
    document.write_text(yaml.safe_dump({"format": 1, "strategies": {SKEW: level}}, sort_keys=False))
    with pytest.raises(CommandError) as refusal:
        call_command("import_configuration", str(document), user=user.get_username())
    return str(refusal.value)


DOORS: dict[str, Door] = {
    "service": through_service,
    "preview": through_preview,
    "token": through_api(token_client, False),
    "session": through_api(session_client, False),
    "dry run": through_api(token_client, True),
    "validation": through_validation,
    "import": through_import,
}
RULE = "sell_threshold < buy_threshold must hold, got sell_threshold=1.0, buy_threshold=1.0"
REFUSED: list[tuple[str | None, dict[str, Any], str]] = [
    (None, {"top_levels": True}, "top_levels must be an integer"),
    (None, {"buy_threshold": False}, "buy_threshold must be a number"),
    (None, {"buy_threshold": float("nan")}, "buy_threshold must be a number"),
    ("BTCUSDT", {"buy_threshold": float("inf")}, "buy_threshold must be a number"),
    (None, {"sell_threshold": float("-inf")}, "sell_threshold must be a number"),
    (None, {"top_levels": "5"}, "top_levels must be an integer"),
    (None, {"top_levels": 5.5}, "top_levels must be an integer"),
    (None, {"top_levels": -5}, "top_levels must be >= 1, got -5"),
    (None, {"top_levels": 100000}, "top_levels must be <= 20, got 100000"),
    ("BTCUSDT", {"nope": 1}, "Unknown parameter: nope"),
    (None, {"buy_threshold": 1.0, "sell_threshold": 1.0}, RULE),
    *(
        (text, {"top_levels": 3}, f"symbol must be {fault_of(text)}")
        for text in ("X", "BTC USDT", "ßßß", *LOOK_ALIKES)
    ),
    ("null", {"top_levels": 3}, "symbol must not be NULL: that word names no symbol"),
]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("symbol", "parameters", "message"), REFUSED)
def test_the_same_refusal_at_every_door(
    manager: User, tmp_path: Path, door: str, symbol: str | None, parameters: dict[str, Any], message: str
):
    reported = DOORS[door](manager, symbol, parameters, tmp_path)
    assert reported.endswith(message)
    assert not StrategyConfig.history.exists()
    assert not StrategyConfig.objects.exists()


def test_every_change_has_its_audit_row(manager: User, tmp_path: Path):
    """Walk every way in; after each step there is exactly one row more, and it records who and by which door."""
    api = token_client(manager)
    base = f"/api/v1/strategies/{SKEW}"
    exported = tmp_path / "configuration.yaml"

    def step(act: Callable[[], Any], source: str, action: str, symbol: str | None = None) -> None:
        before = StrategyConfig.history.count()
        act()
        newest = StrategyConfig.history.first()
        assert StrategyConfig.history.count() == before + 1
        assert (newest.source, newest.action, newest.symbol or None) == (source, action, symbol)
        assert newest.actor == "manager"
        row = StrategyConfig.objects.filter(strategy_id=SKEW, symbol=symbol or "").first()
        assert newest.new_parameters == (row.parameters if row else None)

    def post(path: str, payload: dict[str, Any]) -> Callable[[], Any]:
        return lambda: api.post(f"{base}/{path}", payload, format="json")

    def import_it() -> None:
        call_command("import_configuration", str(exported), user="manager", stdout=StringIO())

    step(post("config", {"parameters": {"top_levels": 3}}), "api", "CREATE")
    step(post("config", {"parameters": {"top_levels": 4}}), "api", "UPDATE")
    step(post("config/btcusdt", {"parameters": {"top_levels": 9}}), "api", "CREATE", "BTCUSDT")
    call_command("export_configuration", output=exported)
    step(post("rollback", {}), "rollback", "UPDATE")
    step(lambda: api.delete(f"{base}/config/BTCUSDT"), "api", "DELETE", "BTCUSDT")
    step(post("rollback/BTCUSDT", {}), "rollback", "CREATE", "BTCUSDT")
    step(import_it, "import", "UPDATE")
    author = Author(source=Source.ADMIN, user=manager)
    step(lambda: services.delete(SKEW, None, author=author), "admin", "DELETE")

    for level in ("", "BTCUSDT"):
        versions = list(StrategyConfig.history.of_level(SKEW, level).values_list("version", flat=True))
        assert versions == list(range(len(versions), 0, -1))


def test_what_writes_nothing_leaves_no_row(manager: User, tmp_path: Path):
    api = token_client(manager)
    document = tmp_path / "configuration.yaml"
    document.write_text(f"format: 1\nstrategies: {{{SKEW}: {{global: {{top_levels: 3}}}}}}\n")
    api.post(
        f"/api/v1/strategies/{SKEW}/config",
        {"parameters": {"top_levels": 3}, "validate_only": True},
        format="json",
    )
    api.post("/api/v1/config/validate", {"strategy_id": SKEW, "parameters": {"top_levels": 3}}, format="json")
    api.post("/api/v1/strategies/cache/refresh")
    services.preview(SKEW, None, {"top_levels": 3})
    call_command("import_configuration", str(document), dry_run=True, stdout=StringIO())
    assert not StrategyConfig.history.exists()
    assert not StrategyConfig.objects.exists()

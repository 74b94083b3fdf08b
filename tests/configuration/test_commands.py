"""What the shell offers: export, import, tokens."""

import io
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from knox.models import AuthToken
from rest_framework.test import APIClient

from configuration import reading, services
from configuration.models import StrategyConfig
from configuration.services import Author
from tests.symbols import LISTED

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SKEW = "orderbook_skew"


def run(*words: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


@pytest.fixture
def document(tmp_path: Path) -> Path:
    return tmp_path / "configuration.yaml"


def test_export_is_stable_and_holds_only_what_is_set(author: Author):
    assert run("export_configuration") == "format: 1\nstrategies: {}\n"
    services.write("trade_momentum", "ETHUSDT", {"min_quantity": 0.5}, author=author)
    services.write(SKEW, "ETHUSDT", {"buy_threshold": 2, "top_levels": 9}, author=author)
    services.write(SKEW, "BTCUSDT", {"top_levels": 8}, author=author)
    services.write(SKEW, None, {"top_levels": 7}, author=author)
    assert run("export_configuration") == (
        "format: 1\n"
        "strategies:\n"
        "  orderbook_skew:\n"
        "    global:\n"
        "      top_levels: 7\n"
        "    symbols:\n"
        "      BTCUSDT:\n"
        "        top_levels: 8\n"
        "      ETHUSDT:\n"
        "        top_levels: 9\n"
        "        buy_threshold: 2.0\n"
        "  trade_momentum:\n"
        "    symbols:\n"
        "      ETHUSDT:\n"
        "        min_quantity: 0.5\n"
    )


def test_export_and_import_bring_everything_back(author: Author, document: Path):
    services.write("cross_exchange_spread", None, {"exchanges": ["okx", "kraken"]}, author=author)
    services.write(SKEW, "1000", {"top_levels": 8}, author=author)
    run("export_configuration", output=document)
    before = {levels.spec.strategy_id: levels.config("1000").hash for levels in reading.strategies()}
    for strategy_id, symbol in (("cross_exchange_spread", None), (SKEW, "1000")):
        services.delete(strategy_id, symbol, author=author)
    printed = run("import_configuration", str(document), user="manager", reason="restore")
    assert "create cross_exchange_spread global exchanges: inherited -> ['okx', 'kraken']" in printed
    after = {levels.spec.strategy_id: levels.config("1000").hash for levels in reading.strategies()}
    assert before == after
    newest = StrategyConfig.history.first()
    assert (newest.actor, newest.history_change_reason, newest.version) == ("manager", "restore", 3)


def test_symbols_of_all_scripts_are_exported_to_be_read_and_come_back(author: Author, document: Path):
    for symbol in LISTED:
        services.write(SKEW, symbol, {"top_levels": 8}, author=author)
    run("export_configuration", output=document)
    written = document.read_text(encoding="utf-8")
    assert [line for line in written.splitlines() if line.startswith("      ") and line.endswith(":")] == [
        f"      {symbol}:" for symbol in sorted(LISTED)
    ]
    for symbol in LISTED:
        services.delete(SKEW, symbol, author=author)
    printed = run("import_configuration", str(document))
    assert f"create {SKEW} 币安人生USDT top_levels: inherited -> 8" in printed
    assert set(reading.strategy(SKEW).symbols) == set(LISTED)


def test_a_dry_run_shows_the_plan_and_an_import_follows_it(author: Author, document: Path):
    services.write(SKEW, None, {"top_levels": 7, "buy_threshold": 2.0}, author=author)
    services.write(SKEW, "ETHUSDT", {"top_levels": 9}, author=author)
    services.write(SKEW, "XRPUSDT", {"top_levels": 2}, author=author)
    document.write_text(
        "format: 1\nstrategies:\n  orderbook_skew:\n    global: {top_levels: 8}\n"
        "    symbols: {btcusdt: {base_confidence: 0.9}, ETHUSDT: {top_levels: 9.0}}\n"
    )
    plan = run("import_configuration", str(document), dry_run=True)
    assert plan == (
        "update orderbook_skew global top_levels: 7 -> 8; buy_threshold: 2.0 -> inherited\n"
        "create orderbook_skew BTCUSDT base_confidence: inherited -> 0.9\n"
        "keep orderbook_skew ETHUSDT\n"
        "2 of 3 levels would change.\n"
    )
    assert StrategyConfig.history.count() == 3
    assert "2 of 3 levels changed.\n" in run("import_configuration", str(document))
    assert reading.effective(SKEW).overrides == {"top_levels": 8}
    assert reading.effective(SKEW, "XRPUSDT").overrides == {"top_levels": 2}  # not named, not touched
    assert StrategyConfig.history.count() == 5
    assert run("import_configuration", str(document)).endswith("0 of 3 levels changed.\n")


WITH_A_SLIP = (
    "format: 1\nstrategies: {orderbook_skew: {symbols: "
    "{BTCUSTD: {top_levels: 8}, ETHUSDT: {top_levels: 9}}}}\n"
)


@pytest.fixture
def markets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.tracking.known_symbols", lambda: {"BTCUSDT", "ETHUSDT"})


@pytest.mark.usefixtures("markets")
def test_symbols_nobody_has_heard_of_are_asked_about_before_an_import(document: Path):
    document.write_text(WITH_A_SLIP)
    assert "BTCUSTD? You may mean BTCUSDT.\n" in run("import_configuration", str(document), dry_run=True)
    with pytest.raises(CommandError) as refusal:
        run("import_configuration", str(document))
    assert "BTCUSTD? You may mean BTCUSDT." in str(refusal.value)
    assert "--confirm-unknown" in str(refusal.value)
    assert not StrategyConfig.history.exists()
    run("import_configuration", str(document), confirm_unknown=True)
    assert set(reading.strategy(SKEW).symbols) == {"BTCUSTD", "ETHUSDT"}
    assert "?" not in run("import_configuration", str(document))  # it has values of its own by now


def test_an_import_of_several_levels_states_how_it_is_taken_back(author: Author, document: Path):
    document.write_text(WITH_A_SLIP)
    assert "atch" not in run("import_configuration", str(document), dry_run=True)
    printed = run("import_configuration", str(document))
    [batch] = set(StrategyConfig.history.values_list("batch", flat=True))
    assert printed.endswith(
        f"2 of 2 levels changed.\n"
        f"Batch {batch}: taken back together under History, or by POST /api/v1/batches/{batch}/revert.\n"
    )
    services.delete(SKEW, "ETHUSDT", author=author)
    assert run("import_configuration", str(document)).endswith("1 of 2 levels changed.\n")


def test_levels_that_pass_only_together_are_imported_together(author: Author, document: Path):
    services.write(SKEW, "BTCUSDT", {"sell_threshold": 1.0}, author=author)
    document.write_text(
        "format: 1\nstrategies: {orderbook_skew: "
        "{global: {buy_threshold: 1.0}, symbols: {BTCUSDT: {sell_threshold: 0.9}}}}\n"
    )
    run("import_configuration", str(document))
    assert reading.effective(SKEW, "BTCUSDT").parameters["sell_threshold"] == 0.9


def test_one_problem_stops_the_whole_import_and_all_are_reported(author: Author, document: Path):
    services.write(SKEW, "ETHUSDT", {"sell_threshold": 1.0}, author=author)
    document.write_text(
        "format: 1\nstrategies:\n"
        "  trade_momentum: {global: {min_quantity: 0.5, nope: 1}}\n"
        "  orderbook_skew: {global: {buy_threshold: 1.0}, symbols: {BTCUSDT: {top_levels: .nan}}}\n"
    )
    with pytest.raises(CommandError) as failure:
        run("import_configuration", str(document))
    reported = str(failure.value)
    assert "trade_momentum, all symbols: Unknown parameter: nope" in reported
    assert "orderbook_skew, all symbols: ETHUSDT: sell_threshold < buy_threshold must hold" in reported
    assert "orderbook_skew, BTCUSDT: top_levels must be an integer" in reported
    assert StrategyConfig.history.count() == 1


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[", "not YAML"),
        ("- 1", "the document must be a mapping"),
        ("strategies: {}", "format must be 1"),
        ("format: 2", "format must be 1"),
        ("format: 1\nstrategy: {}", "the document has no strategy"),
        ("format: 1\nstrategies: []", "strategies must be a mapping"),
        ("format: 1\nstrategies: {nope: {}}", "Strategy not found: nope"),
        ("format: 1\nstrategies: {orderbook_skew: {all: {}}}", "orderbook_skew has no all"),
        ("format: 1\nstrategies: {orderbook_skew: {global: 3}}", "orderbook_skew.global must be a mapping"),
        ("format: 1\nstrategies: {orderbook_skew: {symbols: {AB: {}, ab: {}}}}", "names ab twice"),
        (
            "format: 1\nstrategies: {orderbook_skew: {symbols: {ICP: {}, ıcp: {}}}}",
            "LATIN SMALL LETTER DOTLESS I",
        ),
        ("format: 1\nstrategies: {orderbook_skew: {global: {}, symbols: {none: {}}}}", "must not be NONE"),
        ('format: 1\nstrategies: {orderbook_skew: {symbols: {"A\\uD83D": {}}}}', "half a character"),
    ],
)
def test_documents_that_cannot_be_read(document: Path, text: str, complaint: str):
    document.write_text(text)
    with pytest.raises(CommandError, match=complaint):
        run("import_configuration", str(document))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "latin-1"])
def test_a_document_is_utf_8(document: Path, encoding: str):
    document.write_bytes("format: 1 # ä\n".encode(encoding))
    if encoding == "utf-8-sig":
        assert run("import_configuration", str(document)) == "0 of 0 levels changed.\n"
        return
    with pytest.raises(CommandError) as failure:
        run("import_configuration", str(document))
    assert str(failure.value) == f"{document} is not UTF-8 text"


def test_what_stands_twice_is_not_imported(document: Path):
    document.write_text(
        "format: 1\nstrategies:\n  orderbook_skew: {global: {top_levels: 3}}\n  orderbook_skew: {global: {}}\n"
    )
    with pytest.raises(CommandError, match=r"strategies names orderbook_skew twice, line 4, column 3"):
        run("import_configuration", str(document))
    assert not StrategyConfig.history.exists()


def test_import_needs_a_file_and_a_known_account(document: Path):
    with pytest.raises(CommandError, match="No such file"):
        run("import_configuration", str(document))
    document.write_text("format: 1\n")
    with pytest.raises(CommandError, match="no account nobody"):
        run("import_configuration", str(document), user="nobody")


def test_the_export_of_the_documentation_is_a_document(document: Path):
    from configuration import documents

    example = yaml.safe_load((documents.__doc__ or "").split("\n\n", 1)[1])
    document.write_text(yaml.safe_dump(example))
    assert "2 of 2 levels changed.\n" in run("import_configuration", str(document))


def test_a_token_is_printed_once_and_works(manager: User):
    token = run("create_token", "manager", days=2).strip()
    row = AuthToken.objects.get()
    assert token not in row.digest
    assert (row.expiry - row.created).days in (1, 2)
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    assert api.get("/api/v1/strategies").status_code == 200


def test_an_account_is_new_once_and_that_is_reported_the_second_time():
    run("create_token", "bot", new=True)
    with pytest.raises(CommandError, match="There is an account bot already; leave out --new"):
        run("create_token", "bot", new=True)
    with pytest.raises(CommandError) as refusal:
        run("create_token", "b t", new=True)
    assert "--new" not in str(refusal.value)
    run("create_token", "bot")
    assert AuthToken.objects.count() == 2


def test_nobody_makes_a_token_in_the_name_of_a_person(manager: User):
    manager.set_password("violet harbour 93")
    manager.save()
    with pytest.raises(CommandError, match="manager is a person"):
        run("create_token", "manager")
    assert not AuthToken.objects.exists()


def test_tokens_need_an_active_account_and_a_sane_life(manager: User):
    for words, options in ((("nobody",), {}), (("manager",), {"days": 0}), (("manager",), {"days": 9e9})):
        with pytest.raises(CommandError):
            run("create_token", *words, **options)
    User.objects.update(is_active=False)
    with pytest.raises(CommandError, match="not active"):
        run("create_token", "manager")

"""The write path: versions, audit rows, conflicts, undo."""

from dataclasses import replace

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction

from configuration import reading, services
from configuration.exceptions import (
    ForbiddenWrite,
    NothingToDelete,
    RollbackFailed,
    StrategyNotFound,
    ValidationFailed,
    VersionConflict,
)
from configuration.models import Change, Revision, Source, StrategyConfig
from configuration.services import Author
from tests.configuration.written import made

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SKEW = "orderbook_skew"


def history(symbol: str = "") -> list[Change]:
    return list(StrategyConfig.history.of_level(SKEW, symbol))


def test_a_write_stores_only_what_is_set_and_one_audit_row(author: Author, manager: User):
    written = services.write(SKEW, None, {"top_levels": 7.0}, author=author)

    row = StrategyConfig.objects.get()
    assert (row.parameters, row.version, row.symbol) == ({"top_levels": 7}, 1, "")
    [change] = history()
    assert change == written.change
    assert (change.actor, change.changed_by, change.source) == ("manager", "desk", Source.API)
    assert (change.history_user_id, change.history_change_reason) == (manager.pk, "tuning")
    assert (change.action, change.version) == ("CREATE", 1)
    assert (change.old_parameters, change.new_parameters) == (None, {"top_levels": 7})
    assert change.changes == {"top_levels": [None, 7]}
    assert written.config.parameters["top_levels"] == 7
    assert written.config.parameters["buy_threshold"] == 1.2


def test_parameters_are_merged_and_null_inherits_again(author: Author):
    services.write(SKEW, "btcusdt", {"top_levels": 7, "buy_threshold": 2.0}, author=author)
    written = services.write(SKEW, "BTCUSDT", {"top_levels": None, "base_confidence": 0.9}, author=author)

    assert written.config.overrides == {"buy_threshold": 2.0, "base_confidence": 0.9}
    assert made(written).action == "UPDATE"
    assert made(written).changes == {"top_levels": [7, None], "base_confidence": [None, 0.9]}
    assert written.config.version == 2


def test_replace_makes_the_parameters_the_whole_level(author: Author):
    services.write(SKEW, None, {"top_levels": 7, "buy_threshold": 2.0}, author=author)
    written = services.write(SKEW, None, {"top_levels": 8}, author=author, replace=True)
    assert written.config.overrides == {"top_levels": 8}


def test_versions_rise_across_deletion_and_never_mix_between_levels(author: Author):
    services.write(SKEW, None, {"top_levels": 7}, author=author)
    services.write(SKEW, "BTCUSDT", {"top_levels": 8}, author=author)
    services.delete(SKEW, None, author=author)
    again = services.write(SKEW, None, {"top_levels": 9}, author=author)

    assert again.config.version == 3
    assert [change.version for change in history()] == [3, 2, 1]
    assert [change.action for change in history()] == ["CREATE", "DELETE", "CREATE"]
    assert [change.version for change in history("BTCUSDT")] == [1]
    assert history()[1].old_parameters == {"top_levels": 7}
    assert history()[1].new_parameters is None


def test_an_untouched_parameter_keeps_its_origin(author: Author):
    services.write(SKEW, None, {"top_levels": 7}, author=author)
    services.write(SKEW, None, {"buy_threshold": 2.0, "top_levels": 7}, author=author)
    services.write(SKEW, None, {"buy_threshold": 2.5}, author=replace(author, changed_by="", reason="x"))
    origins = StrategyConfig.objects.get().level().origins
    assert {name: origin.version for name, origin in origins.items()} == {"top_levels": 1, "buy_threshold": 3}
    assert (origins["top_levels"].changed_by, origins["top_levels"].reason) == ("desk", "tuning")
    assert (origins["buy_threshold"].changed_by, origins["buy_threshold"].reason) == ("manager", "x")
    assert origins["buy_threshold"].changed_at == history()[0].history_date


def test_a_refused_write_leaves_nothing(author: Author):
    token = reading.current_token()
    with pytest.raises(ValidationFailed) as refusal:
        services.write(SKEW, None, {"top_levels": True, "nope": 1}, author=author)
    assert refusal.value.details["errors"] == ["top_levels must be an integer", "Unknown parameter: nope"]
    assert not StrategyConfig.objects.exists()
    assert not StrategyConfig.history.exists()
    assert reading.current_token() == token


@pytest.mark.parametrize(
    "symbol", ["", "b", "BTC/USDT", "ß" * 4, "ıcp", "X" * 33, "BTC USDT", "BTC\n", "🚀🚀"]
)
def test_odd_symbols_are_refused(author: Author, symbol: str):
    with pytest.raises(ValidationFailed):
        services.write(SKEW, symbol, {"top_levels": 3}, author=author)


def test_an_unknown_strategy_is_refused(author: Author):
    with pytest.raises(StrategyNotFound, match="Strategy not found: nope"):
        services.write("nope", None, {}, author=author)


def test_a_global_change_that_breaks_a_symbol_names_it(author: Author):
    services.write(SKEW, "ETHUSDT", {"sell_threshold": 1.0}, author=author)
    with pytest.raises(ValidationFailed) as refusal:
        services.write(SKEW, None, {"buy_threshold": 1.0}, author=author)
    assert refusal.value.details["errors"] == [
        "ETHUSDT: sell_threshold < buy_threshold must hold, got sell_threshold=1.0, buy_threshold=1.0"
    ]


def test_deleting_the_global_level_under_a_symbol_that_needs_it_is_refused(author: Author):
    services.write(SKEW, None, {"imbalance_weight": 0.5, "spread_weight": 0.5}, author=author)
    services.write(SKEW, "ETHUSDT", {"imbalance_weight": 0.5}, author=author)
    with pytest.raises(ValidationFailed) as refusal:
        services.delete(SKEW, None, author=author)
    assert refusal.value.details["errors"][0].startswith("ETHUSDT: imbalance_weight + spread_weight = 1")


def test_a_level_is_written_in_the_state_a_reader_was_shown(author: Author):
    services.write(SKEW, None, {"top_levels": 7}, author=author, expected=["own:0"])
    shown = reading.strategy(SKEW).tag("BTCUSDT")
    services.write(SKEW, "BTCUSDT", {"top_levels": 8}, author=author, expected=[shown])
    for stale in (["own:7"], ["1"], [shown], []):
        with pytest.raises(VersionConflict):
            services.write(SKEW, None, {"top_levels": 9}, author=author, expected=stale)
        with pytest.raises(VersionConflict):
            services.delete(SKEW, None, author=author, expected=stale)
        with pytest.raises(VersionConflict):
            services.roll_back(SKEW, None, author=author, expected=stale)


def test_nothing_to_delete(author: Author):
    with pytest.raises(NothingToDelete):
        services.delete(SKEW, "BTCUSDT", author=author)


def test_undo_twice_takes_the_rollback_back(author: Author):
    for levels in (3, 4, 5):
        services.write(SKEW, None, {"top_levels": levels}, author=author)

    undone = services.roll_back(SKEW, None, author=author)
    redone = services.roll_back(SKEW, None, author=author)
    assert (undone.config.overrides, undone.restored_version) == ({"top_levels": 4}, 2)
    assert (redone.config.overrides, redone.restored_version) == ({"top_levels": 5}, 3)
    assert redone.config.version == 5
    assert history()[0].source == Source.ROLLBACK


def test_a_rollback_to_a_version_is_taken_back_without_naming_one(author: Author):
    for levels in (3, 4, 5):
        services.write(SKEW, None, {"top_levels": levels}, author=author)
    services.roll_back(SKEW, None, author=author, target_version=1)
    assert services.roll_back(SKEW, None, author=author).config.overrides == {"top_levels": 5}


def test_undo_passes_over_versions_that_hold_the_same(author: Author):
    services.write(SKEW, None, {"top_levels": 3}, author=author)
    with pytest.raises(RollbackFailed, match="no earlier version"):
        services.roll_back(SKEW, None, author=author)
    services.write(SKEW, None, {"top_levels": 4}, author=author)
    row = StrategyConfig.objects.get()
    row.pending = {"actor": "older", "changed_by": "", "source": Source.API, "old_parameters": row.parameters}
    row.version += 1
    row.save()  # as versions before this one wrote what changed nothing
    assert services.roll_back(SKEW, None, author=author).config.overrides == {"top_levels": 3}


def test_what_changes_nothing_makes_no_version(author: Author):
    assert services.write(SKEW, "BTCUSDT", {}, author=author).change is None
    written = services.write(SKEW, "BTCUSDT", {"top_levels": 3}, author=author)
    for same in ({"top_levels": 3.0}, {}, {"buy_threshold": None}):
        again = services.write(SKEW, "BTCUSDT", same, author=author)
        assert (again.change, again.tag, again.config.version) == (None, written.tag, 1)
    back = services.roll_back(SKEW, "BTCUSDT", author=author, target_version=1)
    assert (back.change, back.restored_version) == (None, 1)
    assert len(history("BTCUSDT")) == 1


def test_undo_of_a_deletion_and_of_a_re_creation(author: Author):
    services.write(SKEW, "BTCUSDT", {"top_levels": 3}, author=author)
    services.delete(SKEW, "BTCUSDT", author=author)
    restored = services.roll_back(SKEW, "BTCUSDT", author=author)
    assert (made(restored).action, restored.config.overrides) == ("CREATE", {"top_levels": 3})

    services.delete(SKEW, "BTCUSDT", author=author)
    services.write(SKEW, "BTCUSDT", {"top_levels": 9}, author=author)
    assert made(services.roll_back(SKEW, "BTCUSDT", author=author)).action == "DELETE"
    assert not StrategyConfig.objects.exists()
    assert services.roll_back(SKEW, "BTCUSDT", author=author, target_version=2).change is None


def test_rollback_to_an_audited_change_stays_within_its_level(author: Author):
    mine = made(services.write(SKEW, "BTCUSDT", {"top_levels": 3}, author=author))
    other = made(services.write(SKEW, None, {"top_levels": 4}, author=author))
    services.write(SKEW, "BTCUSDT", {"top_levels": 5}, author=author)

    back = services.roll_back(SKEW, "BTCUSDT", author=author, change_id=str(mine.history_id))
    assert back.config.overrides == {"top_levels": 3}
    for unknown in (str(other.history_id), "999999", "x", "", "9" * 40, "-1"):
        with pytest.raises(RollbackFailed):
            services.roll_back(SKEW, "BTCUSDT", author=author, change_id=unknown)
    with pytest.raises(RollbackFailed, match="no history"):
        services.roll_back(SKEW, "ETHUSDT", author=author)


def test_old_values_that_no_longer_pass_are_not_restored(author: Author):
    services.write(SKEW, None, {"buy_threshold": 1.0}, author=author)
    services.write(SKEW, None, {"buy_threshold": 2.0}, author=author)
    services.write(SKEW, "BTCUSDT", {"sell_threshold": 1.0}, author=author)
    with pytest.raises(RollbackFailed) as refusal:
        services.roll_back(SKEW, None, author=author)
    assert refusal.value.details is not None
    assert refusal.value.details["errors"][0].startswith("BTCUSDT: sell_threshold < buy_threshold")


def test_the_actor_outlives_the_account(author: Author, manager: User):
    services.write(SKEW, None, {"top_levels": 3}, author=author)
    manager.delete()
    [change] = history()
    assert (change.actor, change.history_user_id) == ("manager", None)


def test_a_write_without_an_account_names_its_author():
    services.write(SKEW, None, {"top_levels": 7}, author=Author(source=Source.COMMAND, name="root"))
    assert history()[0].actor == "root"


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: StrategyConfig.objects.create(strategy_id=SKEW, symbol="X1", version=1),
        lambda: StrategyConfig.objects.update(version=9),
        lambda: StrategyConfig.objects.bulk_create([StrategyConfig(strategy_id=SKEW, version=1)]),
        lambda: StrategyConfig.objects.all().delete(),
        lambda: StrategyConfig.objects.get(symbol="").delete(),
        lambda: StrategyConfig.objects.get(symbol="").save(),
        lambda: StrategyConfig.history.all().delete(),
        lambda: StrategyConfig.history.update(actor="nobody"),
        lambda: StrategyConfig.history.first().delete(),
        lambda: StrategyConfig.history.first().save(),
    ],
)
def test_no_write_goes_around_the_services(author: Author, attempt):
    services.write(SKEW, None, {"top_levels": 3}, author=author)
    with pytest.raises(ForbiddenWrite), transaction.atomic():
        attempt()
    assert StrategyConfig.objects.get().parameters == {"top_levels": 3}
    assert len(history()) == 1


@pytest.mark.parametrize("symbol", ["", "BTCUSDT"])
def test_the_database_keeps_one_row_per_level_and_one_change_per_version(author: Author, symbol: str):
    services.write(SKEW, symbol or None, {"top_levels": 3}, author=author)
    duplicate = StrategyConfig(strategy_id=SKEW, symbol=symbol, version=2)
    duplicate.pending = {"actor": "x", "source": Source.API}
    with pytest.raises(IntegrityError), transaction.atomic():
        duplicate.save()
    again = StrategyConfig.history.get()
    again.pk, again._state.adding = None, True
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save()


def test_preview_writes_nothing_and_reports_what_would_change(author: Author):
    services.write(SKEW, "BTCUSDT", {"top_levels": 9}, author=author)
    services.write(SKEW, "ETHUSDT", {"base_confidence": 0.9}, author=author)
    token = Revision.objects.get().token

    seen = services.preview(SKEW, None, {"top_levels": 6})
    assert seen.after is not None
    assert (seen.before.parameters["top_levels"], seen.after.parameters["top_levels"]) == (5, 6)
    assert list(seen.affected) == ["ETHUSDT"]
    assert seen.warnings == ("BTCUSDT keeps its own top_levels, 9",)
    assert services.preview(SKEW, None, {"top_levels": 0}).after is None
    assert Revision.objects.get().token == token


def test_preview_of_a_rollback(author: Author):
    services.write(SKEW, None, {"top_levels": 9}, author=author)
    services.write(SKEW, None, {"top_levels": 8}, author=author)
    target = services.rollback_target(SKEW, None)
    seen = services.preview_rollback(SKEW, None, target)
    assert seen.after is not None
    assert seen.after.overrides == {"top_levels": 9}


def test_each_door_is_recorded(author: Author):
    for levels, source in enumerate((Source.ADMIN, Source.API, Source.IMPORT, Source.COMMAND), start=3):
        services.write(SKEW, None, {"top_levels": levels}, author=replace(author, source=source))
    assert [change.source for change in reversed(history())] == ["admin", "api", "import", "command"]


def test_a_negative_zero_is_zero_wherever_it_leaves(author: Author):
    weights = {"price_weight": -0.0, "quantity_weight": 0.5, "maker_weight": 0.5}
    written = services.write("trade_momentum", "BTCUSDT", weights, author=author)
    level = reading.strategy("trade_momentum").symbols["BTCUSDT"]
    for held in (level.overrides, written.config.parameters, StrategyConfig.history.get().new_parameters):
        assert repr(held["price_weight"]) == "0.0"


def test_a_negative_zero_of_older_writes_is_read_as_zero(author: Author):
    services.write("trade_momentum", "BTCUSDT", {"sell_threshold": -0.5}, author=author)
    old = '{"sell_threshold": -0.0}'
    with connection.cursor() as cursor:
        cursor.execute("UPDATE configuration_strategyconfig SET parameters = %s", [old])
        cursor.execute(
            "UPDATE configuration_historicalstrategyconfig SET parameters = %s, old_parameters = %s",
            [old, old],
        )
    reading.reader.forget()
    change = StrategyConfig.history.get()
    level = reading.strategy("trade_momentum").symbols["BTCUSDT"]
    for held in (level.overrides, change.new_parameters, change.old_parameters):
        assert repr(held) == "{'sell_threshold': 0.0}"

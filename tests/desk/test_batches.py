"""The page of what was changed at one stroke: what it shows, and to whom it offers to take it back."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from configuration import batches, known_symbols, reading, services
from configuration.domain.catalogue import CATALOGUE
from configuration.models import StrategyConfig
from configuration.services import Author, Source
from desk import changes
from tests.desk.conftest import SKEW, SignIn, text_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]
MARCO = Author(source=Source.IMPORT, name="marco", reason="template")


@pytest.fixture
def batch(db: None) -> str:
    """ETHUSDT changed and SOLUSDT made at one stroke."""
    services.write(SKEW, "ETHUSDT", {"top_levels": 3, "base_confidence": 0.8}, author=MARCO)
    both: dict[str | None, dict[str, Any]] = {
        "ETHUSDT": {"top_levels": 9, "base_confidence": 0.8},
        "SOLUSDT": {"buy_threshold": 1.5},
    }
    return str(services.write_levels({SKEW: both}, author=MARCO).batch)


def page(batch: str) -> str:
    return f"/admin/history/batches/{batch}/revert/"


def without(*names: str) -> None:
    """Risk managers who may less."""
    group = Group.objects.get(name="Risk managers")
    group.permissions.remove(*Permission.objects.filter(codename__in=names))


def test_it_shows_for_each_level_what_was_changed_and_what_reverting_restores(rita: Client, batch: str):
    text = text_of(rita.get(page(batch)))
    assert f"By marco at {StrategyConfig.history.first().history_date:%H:%M:%S}, " in text
    assert f"“template”. Batch {batch}" in text
    assert (
        "Order Book Skew ETHUSDT · v2: what it did changed Top levels top_levels 3 → 9 levels "
        "Top levels top_levels 9 → 3 levels · this symbol not changed"
    ) in text
    assert (
        "Order Book Skew SOLUSDT · v1: what it did set Buy threshold buy_threshold inherited → 1.5 ratio "
        "removed again Buy threshold buy_threshold 1.5 → 1.2 ratio · default not changed"
    ) in text
    assert "Base confidence" not in text


def test_what_was_changed_since_is_named_in_words_and_nothing_is_offered(rita: Client, batch: str):
    services.write(SKEW, "SOLUSDT", {"buy_threshold": 1.6}, author=MARCO)
    answer = rita.get(page(batch))
    assert "Changed since, so that nothing is taken back: Order Book Skew, SOLUSDT." in text_of(answer)
    assert "What reverting restores" not in text_of(answer)
    assert "disabled" in answer.content.decode()


def test_once_reverted_it_shows_by_whom_and_leads_to_what_that_changed(rita: Client, batch: str):
    assert rita.post(page(batch), {"_reason": "wrong template"}).status_code == 302
    newest = StrategyConfig.history.first()
    made, at = newest.batch, f"{newest.history_date:%H:%M:%S}"
    answer = rita.get(page(batch))
    assert f"Reverted by risk-managers at {at}, " in text_of(answer)
    assert f"“wrong template”. What that changed: batch of 2 changes, {at} UTC" in text_of(answer)
    assert (
        answer.content.decode().count("2 changes made at one stroke</h2>") == 0
    )  # it is the title of the page
    assert f'href="{page(str(made))}"' in answer.content.decode()
    assert "Revert these" not in text_of(answer)
    assert rita.post(page(batch), {"_reason": "again"}).status_code == 409
    assert "Revert these 2" in text_of(rita.get(page(str(made))))
    rows = text_of(rita.get("/admin/history/"))
    assert (rows.count("Revert these 2"), rows.count("reverted together")) == (2, 2)


@pytest.mark.parametrize("lacking", ["change_strategyconfig", "delete_strategyconfig"])
def test_it_is_offered_to_who_has_every_right_it_takes(sign_in: SignIn, batch: str, lacking: str):
    without(lacking)
    client = sign_in("Risk managers")
    assert "Revert these" not in text_of(client.get("/admin/history/"))
    answer = client.get(page(batch))
    assert answer.status_code == 200
    assert "To revert these takes more rights than your account has." in text_of(answer)
    assert 'method="post"' not in answer.content.decode().partition('id="content"')[2]
    assert client.post(page(batch), {"_reason": "wrong"}).status_code == 403


def test_it_is_offered_without_rights_it_does_not_take(sign_in: SignIn, batch: str):
    without("add_strategyconfig")
    client = sign_in("Risk managers")
    assert "Revert these 2" in text_of(client.get("/admin/history/"))
    assert client.post(page(batch), {"_reason": "wrong"}).status_code == 302


def test_each_way_back_in_the_history_leads_somewhere(sign_in: SignIn, batch: str):
    """For whoever may some of it: nothing is offered that would be refused, and what is not refused is offered."""
    services.delete(SKEW, "ETHUSDT", author=MARCO)
    services.write(SKEW, "ETHUSDT", {"top_levels": 4}, author=MARCO)
    services.delete(SKEW, "SOLUSDT", author=MARCO)
    rights = ("add_strategyconfig", "change_strategyconfig", "delete_strategyconfig")
    for number, right in enumerate(rights):
        user = User.objects.create_user(f"half {number}", is_staff=True)
        granted = Permission.objects.filter(codename__in=(right, "view_strategyconfig"))
        user.user_permissions.set(granted)
        client = Client()
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
        for row in client.get("/admin/history/").context["rows"]:
            status = client.get(f"/admin/history/{row.entry.change_id}/revert/").status_code
            assert (status == 200) is row.may_go_back, (right, row.entry.action, row.entry.version)


def test_a_batch_of_a_strategy_that_left_the_catalogue_is_not_offered(
    rita: Client, batch: str, monkeypatch: pytest.MonkeyPatch
):
    left = {name: spec for name, spec in CATALOGUE.items() if name != SKEW}
    for module in (batches, changes):
        monkeypatch.setattr(module, "CATALOGUE", left)
    assert "Revert these" not in text_of(rita.get("/admin/history/"))


def test_symbols_nobody_has_heard_of_are_asked_about_before_they_get_values_again(
    rita: Client, batch: str, monkeypatch: pytest.MonkeyPatch
):
    rita.post(page(batch), {"_reason": "wrong"})
    made = str(StrategyConfig.history.first().batch)  # to revert it gives SOLUSDT values again
    monkeypatch.setattr(known_symbols, "known_symbols", lambda: {"ETHUSDT", "SOLUSDC"})
    asked = rita.post(page(made), {"_reason": "right after all"})
    assert asked.status_code == 409
    assert "Nothing is reverted yet: nobody has heard of this symbol. SOLUSDT?" in text_of(asked)
    assert "SOLUSDT" not in reading.strategy(SKEW).symbols
    again = rita.post(page(made), {"_reason": "right after all", "confirm_unknown": "SOLUSDT"})
    assert again.status_code == 302
    assert "SOLUSDT" in reading.strategy(SKEW).symbols


def test_a_batch_of_many_levels_costs_no_more_questions_than_one_of_two(
    rita: Client, batch: str, django_assert_max_num_queries: Any
):
    many: dict[str | None, dict[str, Any]] = {f"S{number}USDT": {"top_levels": 9} for number in range(60)}
    large = str(services.write_levels({SKEW: many}, author=MARCO).batch)
    with django_assert_max_num_queries(12):
        rita.get(page(large))

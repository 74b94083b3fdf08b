"""What probes and operators ask: is it up, can it work, what is it, how is it doing."""

from concurrent.futures import ThreadPoolExecutor
from time import time

import msgspec
import pytest
from django.conf import settings
from django.db import connections
from prometheus_client.parser import text_string_to_metric_families

from configuration.models import Revision
from metrics.domain.admission.news import NotLive
from metrics.domain.market import SUSPECT
from metrics.store.keys import Keys
from realtime import health
from realtime.stack.servers import LOCALHOST, free_port
from strategies.keys import StrategyKeys
from tests.configuration.outage import only_to_be_read
from tests.database.holding import held
from tests.factories import Clock, feed_report, spot_book
from tests.messaging.guarded import PASSWORD, guarded, user
from tests.servers import until
from tests.strategies.reports import report


@pytest.fixture
def database_away(db, monkeypatch):
    """Connections opened from now on find no database."""
    database = connections.settings["default"]
    if connections["default"].vendor == "sqlite":
        monkeypatch.setitem(database, "NAME", "/nowhere/db.sqlite3")
    else:
        monkeypatch.setitem(database, "HOST", LOCALHOST)
        monkeypatch.setitem(database, "PORT", str(free_port()))


def get_in_new_thread(client, address):
    """Ask from a thread that has no connection to the database yet."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(client.get, address).result()


def test_healthz_needs_nothing(client, own_store):
    own_store.stop()
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.database
@pytest.mark.django_db
def test_ready_while_everything_is_there(client, reader, publish):
    publish(spot_book())
    answer = client.get("/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "missing": [], "warnings": []})


@pytest.mark.database
@pytest.mark.django_db
@pytest.mark.parametrize(("age", "missing"), [(10.0, []), (10.1, ["feed"])])
def test_ready_names_a_feed_that_was_not_heard_for_ten_seconds(client, reader, publish, clock, age, missing):
    publish(spot_book())
    clock.advance(age)
    answer = client.get("/ready")
    assert answer.json()["missing"] == missing
    assert answer.status_code == (503 if missing else 200)


@pytest.mark.database
@pytest.mark.django_db
def test_ready_names_a_feed_that_never_was(client, reader):
    answer = client.get("/ready")
    assert (answer.status_code, answer.json()) == (
        503,
        {"status": "unavailable", "missing": ["feed"], "warnings": []},
    )


@pytest.mark.database
@pytest.mark.django_db
def test_ready_stands_reports_that_differ_and_reasons_it_does_not_know(client, reader, store):
    for place, state, reason in [("a/0/1", SUSPECT, "moon_phase"), ("b/0/1", None, "crossed")]:
        report = feed_report(instance=place, not_live=[NotLive("BTCUSDT", state, reason)])
        store.hset(Keys(settings.STORE_PREFIX).feeds, place, msgspec.msgpack.encode(report))
    answer = client.get("/ready")
    assert answer.status_code == 200
    assert answer.json()["warnings"] == ["BTCUSDT is suspect: moon phase (moon_phase)"]


@pytest.mark.database
@pytest.mark.django_db
def test_ready_reports_who_has_no_nats_and_why(client, reader, publish, store, clock, settings, tmp_path):
    publish(spot_book())
    report = feed_report(nats_away_since=clock(), reported_at=clock(), nats_trouble="Authorization Violation")
    store.hset(Keys(settings.STORE_PREFIX).feeds, "host/0/1", msgspec.msgpack.encode(report))
    with guarded(tmp_path, user("another")) as server:
        settings.NATS_URL = server.url()
        answer = client.get("/ready")
    assert answer.status_code == 200  # numbers are reported all the same, until they expire
    ours, of_the_feed = answer.json()["warnings"]
    assert ours == (
        "Of this process: There is no connection to NATS: Authorization Violation. It is tried until it succeeds."
    )
    assert of_the_feed.startswith("Of host/0/1: There is no connection to NATS since ")
    assert PASSWORD not in answer.text


@pytest.mark.database
@pytest.mark.django_db
def test_ready_names_the_store_and_with_it_the_feed_and_recovers(client, own_store):
    own_store.stop()
    answer = client.get("/ready")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["store", "feed"])
    own_store.start()
    until(lambda: client.get("/ready").json()["missing"] == ["feed"], "recovery")


@pytest.mark.database
def test_ready_names_the_database(client, reader, publish, database_away):
    publish(spot_book())
    answer = get_in_new_thread(client, "/ready")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["database"])


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_a_database_that_can_only_be_read_is_missing_and_nothing_is_left_of_the_trial():
    now = Clock()
    trial = health.Trial(health.takes_a_write, now)
    with only_to_be_read():
        assert not trial.answer()
    assert not trial.answer()  # asked a moment ago
    now.advance(5)
    assert trial.answer()
    assert not Revision.objects.filter(pk=health.TRIAL_ROW).exists()
    with only_to_be_read():
        assert trial.answer()
        now.advance(5)
        assert not trial.answer()


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_a_lock_that_somebody_holds_makes_nothing_unready():
    Revision.objects.get_or_create(pk=1)
    with held():
        assert health.Trial(health.takes_a_write).answer()


def test_info_answers_version_and_public_settings_only(client, settings):
    settings.NATS_URL = "nats://desk:hunter2@nats.example.com:4222"
    settings.REDIS_URL = "redis://:hunter2@redis.example.com/0"
    settings.DATABASES["default"]["PASSWORD"] = "hunter2"
    answer = client.get("/info")
    body = answer.json()
    assert answer.status_code == 200
    assert body["name"] == "realtime-strategies"
    assert body["version"].count(".") == 2
    assert body["settings"]["push_interval_ms"] == settings.PUSH_INTERVAL_MS
    for secret in ("hunter2", settings.SECRET_KEY, "example.com"):
        assert secret not in answer.content.decode()


def figures(client) -> dict[str, dict[tuple[str, ...], float]]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    return {
        family.name: {tuple(sample.labels.values()): sample.value for sample in family.samples}
        for family in text_string_to_metric_families(answer.content.decode())
    }


def test_metrics_show_what_the_feed_reports(client, reader, publish, clock):
    publish(spot_book(), b"not json", spot_book("ETHUSDT"), spot_book("ETHUSDT", bids=[(200.0, 1.0)]))
    clock.advance(2)
    found = figures(client)
    assert found["feed_messages"][("test/0/1",)] == 4
    assert found["feed_accepted"][("test/0/1",)] == 2
    assert found["feed_refused"] == {("test/0/1", "not_json"): 1, ("test/0/1", "crossed"): 1}
    assert found["feed_symbols"][("test/0/1",)] == 2
    assert found["feed_last_message_age_seconds"][("test/0/1",)] == 2
    assert found["process_resident_memory_bytes"][()] > 0


def test_metrics_count_how_often_processes_were_started_again(client, reader, store):
    encode = msgspec.msgpack.encode
    store.hset(Keys(settings.STORE_PREFIX).feeds, "host/0/1", encode(feed_report(restarts=2)))
    seen = report(restarts=1, reported_at=time())
    store.hset(StrategyKeys(settings.STORE_PREFIX).processes, seen.instance, encode(seen))
    found = figures(client)
    assert found["feed_restarts"] == {("host/0/1",): 2}
    assert found["strategies_restarts"] == {("host:1/0/1",): 1}


def test_metrics_without_a_store_are_those_of_the_process(client, own_store):
    own_store.stop()
    found = figures(client)
    assert found["process_resident_memory_bytes"][()] > 0
    assert not any(samples for name, samples in found.items() if name.startswith("feed_"))


@pytest.mark.parametrize("address", ["/healthz", "/ready", "/info", "/metrics"])
def test_probes_answer_to_reading_only(client, address):
    assert client.post(address).status_code == 405

"""Settings as the environment makes them."""

import re
import runpy
from ipaddress import ip_network
from typing import Any

import pytest
from environs import EnvError

from configuration.api.throttling import WriteThrottle
from tests.servers import ROOT

SETTINGS = str(ROOT / "realtime" / "settings.py")
NUMBERS = [
    "PUSH_INTERVAL_MS",
    "STALE_AFTER_SECONDS",
    "METRICS_TTL_SECONDS",
    "METRICS_LEVELS",
    "METRICS_MAX_SYMBOLS",
    "METRICS_ROLLUP_DAYS",
    "NATS_PENDING_MESSAGES",
    "SESSION_HOURS",
    "SOCKETS_PER_ADDRESS",
    "SOCKETS_IN_ALL",
    "HANDSHAKES_PER_MINUTE",
    "RESYNCS_PER_MINUTE",
    "FEED_HTTP_PORT",
    "MARKETS_HTTP_PORT",
    "SIGNALS_DAYS",
    "SIGNALS_ROWS",
    "ALERTS_DAYS",
    "ALERTS_HTTP_PORT",
    "ALERTS_MESSAGES_PER_MINUTE",
]


@pytest.fixture
def read(monkeypatch):
    """The settings under these variables; None takes one away."""

    def read(**environment: str | None) -> dict[str, Any]:
        for name, value in environment.items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)
        return runpy.run_path(SETTINGS)

    return read


def test_defaults_are_those_of_production(read):
    names = ("DEBUG", "HTTPS", "SECRET_KEY", "ALLOWED_HOSTS", "METRICS_REQUIRE_LOGIN", "FEED_HTTP_PORT")
    found = read(**dict.fromkeys((*names, "WEBSOCKET_ALLOWED_ORIGINS", "CSRF_TRUSTED_ORIGINS")))
    assert (found["DEBUG"], found["HTTPS"], found["SECRET_KEY"]) == (False, True, "")
    assert "*" not in found["ALLOWED_HOSTS"]
    assert found["WEBSOCKET_ALLOWED_ORIGINS"] == found["CSRF_TRUSTED_ORIGINS"] == []
    assert found["METRICS_REQUIRE_LOGIN"] is False
    assert found["FEED_HTTP_PORT"] is None


def test_headers_for_tokens_are_names_that_mean_nothing_else(read):
    assert read(AUTH_HEADERS=None)["AUTH_HEADERS"] == []
    named = read(AUTH_HEADERS="X-Petrosa-Internal-Token, x-desk")["AUTH_HEADERS"]
    assert named == ["X-Petrosa-Internal-Token", "x-desk"]
    for wrong in ("Cookie", "authorization", "X_Token", "X Token", "X-Token:", "X-Desk,,", "X-Tökén"):
        with pytest.raises(EnvError, match="AUTH_HEADERS"):
            read(AUTH_HEADERS=wrong)


def test_tls_decides_about_cookies_redirects_and_hsts(read):
    on, off = read(HTTPS="true"), read(HTTPS="false")
    for name in ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_PRELOAD"):
        assert (on[name], off[name]) == (True, False), name
    assert on["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert off["SECURE_HSTS_SECONDS"] == 0


def test_the_scheme_is_no_matter_of_a_header_that_anybody_may_send(read):
    assert "SECURE_PROXY_SSL_HEADER" not in read(HTTPS="true")


@pytest.mark.parametrize(
    ("stated", "meant"),
    [
        (None, None),
        ("", None),
        ("0", 0),
        ("2", 2),
        ("10.0.0.0/8, 2001:db8::7", (ip_network("10.0.0.0/8"), ip_network("2001:db8::7"))),
    ],
)
def test_proxies_are_known_by_their_number_or_by_their_addresses(read, stated, meant):
    assert read(FORWARDED_BY=stated)["FORWARDED_BY"] == meant


@pytest.mark.parametrize(
    "stated", ["-1", "caddy", "10.0.0.1/8", "10.0.0.1,", "1,2", "300.0.0.1", "٣ proxies"]
)
def test_proxies_that_nobody_can_be_are_refused(read, stated):
    with pytest.raises(EnvError, match="FORWARDED_BY"):
        read(FORWARDED_BY=stated)


def test_lists_are_separated_by_commas(read):
    found = read(
        ALLOWED_HOSTS="desk.example.com,.trading.example.com",
        NATS_CONSUMER_TOPIC="binance.websocket.data,market.*.depth.*",
        WEBSOCKET_ALLOWED_ORIGINS="https://wall.example.com",
    )
    assert found["ALLOWED_HOSTS"] == ["desk.example.com", ".trading.example.com"]
    assert found["NATS_CONSUMER_TOPIC"] == ["binance.websocket.data", "market.*.depth.*"]
    assert found["WEBSOCKET_ALLOWED_ORIGINS"] == ["https://wall.example.com"]


@pytest.mark.parametrize("name", [*NUMBERS, "METRICS_REQUIRE_LOGIN", "HTTPS"])
def test_malformed_value_is_refused_by_the_name_of_its_variable(read, name):
    with pytest.raises(EnvError, match=name):
        read(**{name: "soon"})


@pytest.mark.parametrize("name", [name for name in NUMBERS if not name.endswith("_PORT")])
@pytest.mark.parametrize("value", ["0", "-1"])
def test_number_without_a_sense_is_refused_by_the_name_of_its_variable(read, name, value):
    with pytest.raises(EnvError, match=name):
        read(**{name: value})


@pytest.mark.parametrize("value", ["nan", "inf"])
@pytest.mark.parametrize("name", ["STALE_AFTER_SECONDS", "METRICS_TTL_SECONDS"])
def test_span_must_be_finite(read, name, value):
    with pytest.raises(EnvError, match=name):
        read(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NATS_CONSUMER_TOPIC", ""),
        ("NATS_CONSUMER_TOPIC", "a..b"),
        ("NATS_CONSUMER_TOPIC", "market.>.depth"),
        ("NATS_CONSUMER_TOPIC", "good,not good"),
        ("NATS_STRATEGIES_TOPIC", "a."),
        ("NATS_TOPIC_INTENTS", ""),
        ("NATS_TOPIC_INTENTS", "cio.*"),
        ("NATS_TOPIC_HALTS", ".halts"),
        ("NATS_TOPIC_CONFIG", ""),
        ("NATS_TOPIC_CONFIG", "config.>"),
        ("CONFIG_WRITE_RATE", "abc"),
        ("CONFIG_WRITE_RATE", "0/min"),
        ("CONFIG_WRITE_RATE", "5/fortnight"),
        ("CONFIG_CACHE_TTL_SECONDS", "-1"),
        ("CONFIG_CACHE_TTL_SECONDS", "nan"),
        ("TOKEN_TTL_DAYS", "-5"),
        ("TOKEN_TTL_DAYS", "0"),
        ("FEED_HTTP_PORT", "99999999"),
        ("STRATEGIES_HTTP_PORT", "0"),
        ("NATS_URL", "http://host"),
        ("NATS_URL", "nats://desk:pass/word@host"),
        ("JOURNAL_HOURS", "-1"),
        ("JOURNAL_HOURS", "inf"),
        ("JOURNAL_BYTES", "0"),
        ("JOURNAL_REPLICAS", "6"),
        ("JOURNAL_STREAM", "market.journal"),
        ("LIQUIDITY_SIZES", ""),
        ("LIQUIDITY_SIZES", "10000,many"),
        ("LIQUIDITY_BANDS_BPS", "5,5"),
        ("LIQUIDITY_BANDS_BPS", "20000"),
        ("LIQUIDITY_ROW_SIZE", "inf"),
        ("LIQUIDITY_ROW_BAND_BPS", "0"),
        ("SPREAD_EXECUTING_VENUE", "mtgox"),
        ("SPREAD_EXECUTING_VENUE", "Binance"),
    ],
)
def test_value_nothing_can_run_on_is_refused_by_the_name_of_its_variable(read, name, value):
    with pytest.raises(EnvError, match=name):
        read(**{name: value})


@pytest.mark.parametrize("topics", ["market.*.depth.*", ">", "market.>", "*", "a,b.c"])
def test_subjects_to_listen_to_may_have_wildcards(read, topics):
    assert read(NATS_CONSUMER_TOPIC=topics)["NATS_CONSUMER_TOPIC"] == topics.split(",")


def test_sizes_and_bands_are_numbers(read):
    found = read(LIQUIDITY_SIZES="5000, 2.5e5", LIQUIDITY_BANDS_BPS="12.5")
    assert (found["LIQUIDITY_SIZES"], found["LIQUIDITY_BANDS_BPS"]) == ((5_000.0, 250_000.0), (12.5,))


@pytest.mark.parametrize("rate", ["120/min", "1/s", "100000/hour", "5/day"])
def test_rates_are_those_the_throttle_reads(read, rate):
    assert read(CONFIG_WRITE_RATE=rate)["CONFIG_WRITE_RATE"] == rate
    assert WriteThrottle().parse_rate(rate)[0] == int(rate.split("/")[0])


def test_a_book_is_stale_before_it_is_forgotten(read):
    with pytest.raises(EnvError, match="STALE_AFTER_SECONDS"):
        read(STALE_AFTER_SECONDS="100", METRICS_TTL_SECONDS="60")


def test_sqlite_is_shared_by_processes(read):
    options = read(DATABASE_URL="sqlite:////tmp/desk.sqlite3")["DATABASES"]["default"]["OPTIONS"]
    assert "journal_mode=WAL" in options["init_command"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert options["timeout"] == 3


def test_options_of_a_database_url_are_kept(read):
    found = read(
        DATABASE_URL="postgresql://desk@db.example.com/desk?sslmode=verify-full&connect_timeout=9",
        DATABASE_STATEMENT_SECONDS="15",
    )
    database = found["DATABASES"]["default"]
    ends = "-c lock_timeout=3000 -c statement_timeout=15000 -c idle_in_transaction_session_timeout=5000"
    assert database["OPTIONS"] == {"sslmode": "verify-full", "connect_timeout": 9, "options": ends}
    assert database["CONN_HEALTH_CHECKS"] is True


def test_server_settings_of_a_database_url_go_before_ours(read):
    found = read(
        DATABASE_URL="postgresql://desk@db/desk?options=-c%20statement_timeout%3D0",
        DATABASE_LOCK_SECONDS="1.5",
    )
    options = found["DATABASES"]["default"]["OPTIONS"]["options"]
    assert options.startswith("-c lock_timeout=1500 ")
    assert options.endswith(" -c statement_timeout=0")


def test_store_and_channel_layer_are_the_same_server_under_one_prefix(read):
    found = read(REDIS_URL="redis://redis.example.com:6380/3", STORE_PREFIX="desk-b")
    config = found["CHANNEL_LAYERS"]["default"]["CONFIG"]
    assert (found["REDIS_URL"], found["STORE_PREFIX"]) == ("redis://redis.example.com:6380/3", "desk-b")
    assert (config["hosts"], config["prefix"]) == (["redis://redis.example.com:6380/3"], "desk-b")


def test_a_path_of_the_host_stands_in_front_of_what_browsers_are_sent(read):
    bare, desk = read(SCRIPT_NAME=None), read(SCRIPT_NAME="/a/desk")
    assert (bare["STATIC_URL"], desk["STATIC_URL"]) == ("/static/", "/a/desk/static/")
    for name in ("SESSION_COOKIE_PATH", "CSRF_COOKIE_PATH"):
        assert (bare[name], desk[name]) == ("/", "/a/desk"), name
    (probe,) = desk["SECURE_REDIRECT_EXEMPT"]
    assert re.match(probe, "a/desk/healthz")
    assert not re.match(probe, "healthz/a/desk")


@pytest.mark.parametrize(
    "value", ["desk", "/", "/desk/", "//desk", "/de sk", "/desk?", "/api", "/static/desk"]
)
def test_a_path_that_would_not_work_is_refused_by_name(read, value):
    with pytest.raises(EnvError, match="SCRIPT_NAME"):
        read(SCRIPT_NAME=value)


def test_markets_are_invented_at_venues_there_are_or_at_one_where_none_is_named(read):
    assert read(SIMULATED_VENUES=None)["SIMULATED_VENUES"] == ""
    assert read(SIMULATED_VENUES="binance, okx-usdm")["SIMULATED_VENUES"] == "binance, okx-usdm"
    with pytest.raises(EnvError, match=r"SIMULATED_VENUES.*'ftx' is none of binance"):
        read(SIMULATED_VENUES="binance,ftx")

"""Settings, all from the environment; docs/operations.md lists every variable."""

import os
import re
import tomllib
from datetime import timedelta
from pathlib import Path

from environs import Env, validate
from whitenoise.compress import Compressor

from configuration.domain.catalogue import CATALOGUE, CrossExchangeSpread
from markets import venues
from markets.domain.venue import origin_names
from metrics.domain.liquidity.asked import BANDS_BPS, SIZES_USD, read_numbers
from realtime.admin_look import UNFOLD as UNFOLD
from realtime.stack.state import published_settings
from realtime.variables import (
    NOT_NEGATIVE,
    PORT,
    POSITIVE,
    bands_bps,
    full_books,
    headers,
    markets,
    nats_servers,
    origin,
    patterns,
    places,
    postgresql_options,
    proxies,
    rate,
    read_proxies,
    script_name,
    sizes_usd,
    stream,
    subject,
    web_address,
)
from strategies.domain.cross_exchange_spread import ANY

VENUES = CATALOGUE[CrossExchangeSpread.strategy_id].parameters["exchanges"]
BASE_DIR = Path(__file__).resolve().parent.parent
VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
env = Env()

# -- Process ---------------------------------------------------------------------------------

STATE_DIR = Path(env.str("STATE_DIR", str(BASE_DIR / ".state"))).resolve()
NATS_GIVEN_BY = (
    "NATS_URL" if os.environ.get("NATS_URL") else ""
)  # who says where it is; empty where nobody does
if (stack_env := published_settings(STATE_DIR)) is not None:
    NATS_GIVEN_BY = NATS_GIVEN_BY or f"the stack that runs in {STATE_DIR}"
    env.read_env(stack_env, recurse=False)  # of a stack running here; the environment goes before
DEBUG = env.bool("DEBUG", False)
HTTPS = env.bool("HTTPS", not DEBUG)  # served behind TLS: secure cookies, HSTS, redirect
SECRET_KEY = env.str("SECRET_KEY", "insecure-development-key" if DEBUG else "")  # asked for where it is used
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", [])  # that were in use before, comma-separated
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", [])
WEBSOCKET_ALLOWED_ORIGINS = env.list("WEBSOCKET_ALLOWED_ORIGINS", [])  # beside the page's own host
FORWARDED_BY = read_proxies(
    env.str("FORWARDED_BY", "", validate=proxies)
)  # the proxies in front; None: not set
SCRIPT_NAME = env.str("SCRIPT_NAME", "", validate=script_name)  # the path of the host all of this is below
FORCE_SCRIPT_NAME = SCRIPT_NAME or None
SOCKETS_PER_ADDRESS = env.int(  # of one web process; a whole desk may sit behind one address
    "SOCKETS_PER_ADDRESS", 200, validate=POSITIVE
)
SOCKETS_IN_ALL = env.int("SOCKETS_IN_ALL", 4000, validate=POSITIVE)
HANDSHAKES_PER_MINUTE = env.int("HANDSHAKES_PER_MINUTE", 1200, validate=POSITIVE)  # of one address
RESYNCS_PER_MINUTE = env.int("RESYNCS_PER_MINUTE", 60, validate=POSITIVE)  # of one socket
FREEZE_GC = env.bool("FREEZE_GC", True)
RESTARTS = env.int("RESTARTS", 0, validate=NOT_NEGATIVE)  # set by whoever starts us again after we died

# -- Market data -----------------------------------------------------------------------------

NATS_URL = env.str("NATS_URL", "nats://127.0.0.1:4222", validate=nats_servers)
NATS_CONSUMER_TOPIC = env.list("NATS_CONSUMER_TOPIC", ["binance.websocket.data"], validate=patterns)
NATS_PENDING_MESSAGES = env.int("NATS_PENDING_MESSAGES", 65_536, validate=POSITIVE)
PUSH_INTERVAL_MS = env.int("PUSH_INTERVAL_MS", 250, validate=POSITIVE)
METRICS_TTL_SECONDS = env.float("METRICS_TTL_SECONDS", 60.0, validate=POSITIVE)
STALE_AFTER_SECONDS = env.float(  # first stale, then forgotten
    "STALE_AFTER_SECONDS", 5.0, validate=[POSITIVE, validate.Range(max=METRICS_TTL_SECONDS)]
)
MAX_EVENT_LAG_SECONDS = env.float("MAX_EVENT_LAG_SECONDS", 30.0, validate=NOT_NEGATIVE)
METRICS_LEVELS = env.int("METRICS_LEVELS", 20, validate=POSITIVE)
METRICS_MAX_SYMBOLS = env.int("METRICS_MAX_SYMBOLS", 10_000, validate=POSITIVE)
METRICS_ROLLUP_DAYS = env.int("METRICS_ROLLUP_DAYS", 7, validate=POSITIVE)
METRICS_REQUIRE_LOGIN = env.bool("METRICS_REQUIRE_LOGIN", False)
FULL_BOOKS = env.str(  # of markets that send changes: on, off, or of which symbols
    "FULL_BOOKS", "on", validate=full_books
)
LIQUIDITY_ROW_SIZE = env.float(  # in dollars
    "LIQUIDITY_ROW_SIZE", 100_000.0, validate=validate.Range(*SIZES_USD)
)
LIQUIDITY_ROW_BAND_BPS = env.float("LIQUIDITY_ROW_BAND_BPS", 10.0, validate=validate.Range(*BANDS_BPS))
LIQUIDITY_SIZES = read_numbers(  # in dollars
    env.str("LIQUIDITY_SIZES", "10000,100000,1000000", validate=sizes_usd), SIZES_USD
)
LIQUIDITY_BANDS_BPS = read_numbers(
    env.str("LIQUIDITY_BANDS_BPS", "5,10,25,50,100,200", validate=bands_bps), BANDS_BPS
)
PRIMARY_MARKETS = env.list(  # which market of a symbol its bare name means, best first; others come after
    "PRIMARY_MARKETS", ["binance/spot", "binance/usdm"], validate=markets
)
FEED_HTTP_PORT = env.int("FEED_HTTP_PORT", None, validate=PORT)
MARKETS_HTTP_PORT = env.int("MARKETS_HTTP_PORT", None, validate=PORT)
SIMULATED_VENUES = env.str(  # whose markets are invented; empty: one, of both forms
    "SIMULATED_VENUES", "", validate=places
)

# -- Strategies ------------------------------------------------------------------------------

# Books are not enough for strategies.
NATS_STRATEGIES_TOPIC = env.list("NATS_STRATEGIES_TOPIC", NATS_CONSUMER_TOPIC, validate=patterns)
NATS_TOPIC_INTENTS = env.str(  # signals: <this>.<strategy_id>
    "NATS_TOPIC_INTENTS", "cio.intent.trading", validate=subject
)
NATS_TOPIC_HALTS = env.str(  # halts issued without the database
    "NATS_TOPIC_HALTS", "strategies.halts", validate=subject
)
SPREAD_EXECUTING_VENUE = env.str(  # whose side a signal about two venues is seen from
    "SPREAD_EXECUTING_VENUE", "binance", validate=validate.OneOf([*(VENUES.allowed_values or ()), ANY])
)
STRATEGIES_HTTP_PORT = env.int("STRATEGIES_HTTP_PORT", None, validate=PORT)
SIGNALS_DAYS = env.int("SIGNALS_DAYS", 30, validate=POSITIVE)
SIGNALS_ROWS = env.int("SIGNALS_ROWS", 1_000_000, validate=POSITIVE)  # the newest, whatever their age
STRATEGIES_ENABLED = [name for name in CATALOGUE if env.bool(f"STRATEGY_ENABLED_{name.upper()}", True)]

# -- Journal ---------------------------------------------------------------------------------

JOURNAL_HOURS = env.float("JOURNAL_HOURS", 1.0, validate=NOT_NEGATIVE)  # 0: none is kept
JOURNAL_BYTES = env.int("JOURNAL_BYTES", 2**31, validate=POSITIVE)  # as they came, before they are compressed
JOURNAL_REPLICAS = env.int("JOURNAL_REPLICAS", 1, validate=validate.Range(min=1, max=5))
JOURNAL_STREAM = env.str("JOURNAL_STREAM", "MARKET_JOURNAL", validate=stream)

# -- What if ---------------------------------------------------------------------------------

NATS_TOPIC_WHAT_IF = env.str("NATS_TOPIC_WHAT_IF", "strategies.what_if", validate=subject)
WHAT_IF_REQUIRED = env.str(  # what needs a what-if of the very values before it is saved
    "WHAT_IF_REQUIRED", "", validate=validate.OneOf(["", "global"])
)
WHAT_IF_AT_ONCE = env.int("WHAT_IF_AT_ONCE", 1, validate=POSITIVE)  # of a process; more wait
WHAT_IF_SECONDS = env.int("WHAT_IF_SECONDS", 300, validate=POSITIVE)
WHAT_IF_MEMORY_MB = env.int("WHAT_IF_MEMORY_MB", 1024, validate=POSITIVE)
WHAT_IF_RECORDINGS = env.str(
    "WHAT_IF_RECORDINGS", ""
)  # a directory of recordings; empty: none may be asked about

# -- Alerts ----------------------------------------------------------------------------------

NATS_TOPIC_ALERTS = env.str(  # alerts: <this>.<severity>.<rule>
    "NATS_TOPIC_ALERTS", "alerts", validate=subject
)
ALERTS_DAYS = env.int("ALERTS_DAYS", 30, validate=POSITIVE)
ALERTS_HTTP_PORT = env.int("ALERTS_HTTP_PORT", None, validate=PORT)
ALERTS_SECRET_KEY = env.str("ALERTS_SECRET_KEY", "")  # encrypts what is secret of channels; empty: SECRET_KEY
ALERTS_PRIVATE_ADDRESSES = env.bool("ALERTS_PRIVATE_ADDRESSES", False)  # may webhooks lead to them?
ALERTS_MESSAGES_PER_MINUTE = env.int(  # on one channel; what comes beyond waits, and goes together
    "ALERTS_MESSAGES_PER_MINUTE", 30, validate=POSITIVE
)
ALERTS_HEARTBEAT_URL = env.str(  # called every minute while all is well
    "ALERTS_HEARTBEAT_URL", "", validate=web_address
)
mail = env.dj_email_url("EMAIL_URL", "")  # as in smtp+tls://name:password@host:587; none: no mail
EMAIL_BACKEND = mail.get("EMAIL_BACKEND", "django.core.mail.backends.dummy.EmailBackend")
EMAIL_HOST, EMAIL_PORT = mail["EMAIL_HOST"], mail["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = mail["EMAIL_HOST_USER"] or "", mail["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = mail["EMAIL_USE_TLS"], mail["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 5
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "alerts@localhost", validate=validate.Email())

# -- Stores ----------------------------------------------------------------------------------

REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6379/0")
STORE_PREFIX = env.str("STORE_PREFIX", "realtime")
DATABASE_LOCK_SECONDS = env.float("DATABASE_LOCK_SECONDS", 3.0, validate=POSITIVE)  # one writer for another
DATABASE_STATEMENT_SECONDS = env.float("DATABASE_STATEMENT_SECONDS", 15.0, validate=NOT_NEGATIVE)  # 0: no end
DATABASE_IDLE_SECONDS = env.float("DATABASE_IDLE_SECONDS", 5.0, validate=POSITIVE)  # silent in a transaction
DATABASES = {"default": env.dj_db_url("DATABASE_URL", f"sqlite:///{STATE_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["ENGINE"] = "database.sqlite3"
    DATABASES["default"]["OPTIONS"] = {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        "transaction_mode": "IMMEDIATE",
        "timeout": DATABASE_LOCK_SECONDS,
    }
    DATABASES["default"]["TEST"] = {
        "NAME": STATE_DIR / "test.sqlite3"
    }  # in memory, writers cannot take turns
else:
    DATABASES["default"]["ENGINE"] = "database.postgresql"
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["OPTIONS"] = postgresql_options(
        DATABASES["default"].get("OPTIONS", {}),
        lock_timeout=DATABASE_LOCK_SECONDS,
        statement_timeout=DATABASE_STATEMENT_SECONDS,
        idle_in_transaction_session_timeout=DATABASE_IDLE_SECONDS,
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": STORE_PREFIX},
    }
}

# -- Application -----------------------------------------------------------------------------

INSTALLED_APPS = [
    "realtime.apps.DaphneConfig",
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.simple_history",
    "realtime.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "rest_framework",
    "simple_history",
    "realtime",
    "login",
    "configuration",
    "halts",
    "alerts",
    "desk",
    "markets",
    "metrics",
    "strategies",
    "what_if",
]
MIDDLEWARE = [
    "realtime.middleware.default_port_left_out",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "realtime.compression.compressed",
    "realtime.middleware.optional_trailing_slash",
    "csp.middleware.CSPMiddleware",
    "realtime.middleware.content_security_exceptions",
    "realtime.middleware.bounded_body",
    "realtime.middleware.kept_nowhere",
    "realtime.sessions.SlidingSessions",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "realtime.middleware.GuessesAnswered",
]
ROOT_URLCONF = "realtime.urls"
ASGI_APPLICATION = "realtime.asgi.application"
WSGI_APPLICATION = "realtime.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
AUTHENTICATION_BACKENDS = [
    "realtime.granted.GrantedAtOnce",
    "login.backends.CountedPasswords",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
SESSION_ENGINE = "realtime.sessions"
SESSION_COOKIE_AGE = round(3600 * env.float("SESSION_HOURS", 12.0, validate=POSITIVE))  # of silence
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = ["realtime.formats"]
USE_TZ = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440  # bytes of a body, of any kind
APPEND_SLASH = False  # both spellings are served; a redirect would lose a POST

STATIC_URL = f"{SCRIPT_NAME}/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(STATE_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = env.bool("WHITENOISE_USE_FINDERS", DEBUG)
STORAGES = {
    # Names without hashes: our modules import each other by theirs, and tests and `runserver` collect nothing.
    "staticfiles": {"BACKEND": "realtime.static_files.CompressedOnce"},
}
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")  # for debuggers alone
FILE_UPLOAD_PERMISSIONS = None  # of what is collected: as the umask has it

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["realtime.rest.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "realtime.identity.PublicToken",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "EXCEPTION_HANDLER": "configuration.api.envelope.answer_error",  # the metrics have one of their own
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "URL_FORMAT_OVERRIDE": None,  # ?format= belongs to the endpoints that take one
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Realtime Strategies",
    "DESCRIPTION": "Live order-book metrics, and the configuration of the strategies that trade on them.",
    "VERSION": VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # As a script: a plugin has no other form. The colours of this theme all stand out enough from its ground.
    "SWAGGER_UI_SETTINGS": """{
        deepLinking: true,
        defaultModelsExpandDepth: 0,
        syntaxHighlight: {theme: "tomorrow-night"},
        plugins: [OpenToEverybody],
    }""",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVERS": [{"url": SCRIPT_NAME or "/"}],
    "OAS_VERSION": "3.1.1",  # in 3.0 a reference cannot be null
    "CONTACT": {"name": "The Realtime Strategies contributors"},
    "LICENSE": {"name": "MIT", "identifier": "MIT"},
    "TAGS": [
        {"name": "alerts", "description": "What fires, and the rules it fires by."},
        {"name": "audit", "description": "What changes did."},
        {"name": "batches", "description": "Levels that changed at one stroke, taken back together."},
        {"name": "config", "description": "Judging changes, and what people decided lately."},
        {"name": "feed", "description": "What all that read the market see of it."},
        {"name": "halts", "description": "What a page needs that offers to halt."},
        {"name": "metrics", "description": "What order books show, now and lately."},
        {"name": "signals", "description": "What strategies decided."},
        {"name": "strategies", "description": "Reading, changing and halting strategies."},
        {"name": "what-if", "description": "What what-ifs may be about."},
        {"name": "whoami", "description": "Trying a token."},
    ],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": ["realtime.openapi.named_enumerations", "realtime.openapi.named_headers"],
}

# -- Venues ----------------------------------------------------------------------------------

VENUE_LEVELS = env.int(  # that are published of the books of venues other than Binance
    "VENUE_LEVELS", 50, validate=validate.Range(min=1, max=100)
)
VENUE_SILENCE_SECONDS = env.float(  # after which a connection that sends nothing is opened anew
    "VENUE_SILENCE_SECONDS", 60.0, validate=POSITIVE
)
VENUE_ORIGINS = {  # what stands in front of a venue's own paths, where it is not the venue itself
    name: env.str(name, "", validate=origin)
    for venue in venues.VENUES.values()
    for name in origin_names(venue)
}

# -- Configuration ---------------------------------------------------------------------------

NATS_TOPIC_CONFIG = env.str("NATS_TOPIC_CONFIG", "config.changed", validate=subject)
CONFIG_CACHE_TTL_SECONDS = env.float(  # longest life of a snapshot
    "CONFIG_CACHE_TTL_SECONDS", 60.0, validate=NOT_NEGATIVE
)
AUTH_HEADERS = env.list(  # that may bring a token, beside Authorization
    "AUTH_HEADERS", [], subcast=str.strip, validate=headers
)
CONFIG_WRITE_RATE = env.str(  # per account, over all web processes
    "CONFIG_WRITE_RATE", "120/min", validate=rate
)
TOKEN_TTL_DAYS = env.int(  # life of an API token unless its maker sets another
    "TOKEN_TTL_DAYS", 90, validate=POSITIVE
)
REST_KNOX = {"TOKEN_TTL": timedelta(days=TOKEN_TTL_DAYS)}
CACHES = {
    # What libraries would keep for themselves, whole objects of theirs, is worked out anew.
    "default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
    "writes": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": STORE_PREFIX,
        "OPTIONS": {
            "serializer": "realtime.cache.JSONSerializer",  # Django's own executes what it reads
            "socket_timeout": 1.0,
            "socket_connect_timeout": 1.0,
        },
    },
}
SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True  # a reason may need more than 100 characters
TRACKED_SYMBOLS = "realtime.tracking.tracked_symbols"  # what the admin suggests
HELD_BACK = "realtime.held_back.held_back"  # what is counted of each halt
KNOWN_SYMBOLS = "realtime.tracking.known_symbols"  # a halt or an override of any other is asked about
SIMPLE_HISTORY_REVERT_DISABLED = True  # configuration.services.roll_back is the only way back

# -- Browser security ------------------------------------------------------------------------

SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = SCRIPT_NAME or "/"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [  # probes come from inside, without TLS
    rf"^{re.escape(f'{SCRIPT_NAME}/'[1:])}(healthz|ready|metrics)/?$"
]
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "realtime.errors.forged"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'self'"],
    }
}

# -- Logging ---------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "unexpected_only": {"()": "realtime.logs.UnexpectedOnly"},
        "one_line_an_outage": {"()": "realtime.logs.OneLineAnOutage"},
    },
    "formatters": {
        "line": {
            "()": "realtime.logs.OneLine",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        "uvicorn.error": {"level": "ERROR"},  # what is below, anybody can cause at any rate
        "django.security.DisallowedHost": {"level": "CRITICAL"},  # anybody can cause it, at any rate
        "django.request": {"level": "ERROR", "filters": ["unexpected_only"]},
        "httpx": {"level": "WARNING"},  # what is below has whole URLs, which are secrets
        "httpcore": {"level": "WARNING"},
        "channels_redis.pubsub": {"filters": ["one_line_an_outage"]},
    },
}

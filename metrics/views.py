"""The pages anybody opens in a browser: the market, and one symbol.

Each is complete without scripts; with them, `static/realtime/js` keeps it live over a WebSocket.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from metrics.answers import all_answer, depth_answer, summary_answer
from metrics.board import ROWS_AT_FIRST, STATE_CHOICES, BoardQuery, Row, columns
from metrics.domain.market import LIVE, QUOTE_ASSETS, STALE, UNKNOWN_QUOTE, quote_asset
from metrics.store.reader import get_reader
from metrics.templatetags.figures import price_decimals, utc_time

Page = Callable[..., HttpResponse]

STORE_AWAY = "The store of the metrics is away. This page fills by itself when it is back."

"""Halts and resumptions that may not be on record yet, for whoever decides next.

What was said without the database stands in a file of the machine it was said on, and in the reports of the
processes that obey it. Both are looked at before a decision is recorded, so that it comes after them.
"""

import logging
from typing import Any

import redis
from django.conf import settings
from django.dispatch import receiver
from redis.exceptions import RedisError

from halts.domain import HaltRecord
from halts.emergency_file import EmergencyHalts
from halts.signals import halts_said_elsewhere
from strategies.keys import StrategyKeys
from strategies.reader import StrategiesReader

logger = logging.getLogger(__name__)
PATIENCE_SECONDS = 0.5  # a halt must not wait for Redis to come back


@receiver(halts_said_elsewhere)
def in_the_file(**_: Any) -> list[HaltRecord]:
    """What was said on this machine."""
    file = EmergencyHalts(settings.STATE_DIR / "strategies")
    file.refresh()
    return file.records


@receiver(halts_said_elsewhere)
def in_the_reports(**_: Any) -> list[HaltRecord]:
    """What processes on any machine obey, but for those that obey nobody's word because they know nothing."""
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS
    )
    try:
        reports = StrategiesReader(client, StrategyKeys(settings.STORE_PREFIX)).processes()
    except RedisError as error:
        logger.warning("Redis: not reached (%s); what other machines were told is not looked at", error)
        return []
    finally:
        client.close()
    return [record for report in reports if report.configuration != "none" for record in report.halts]

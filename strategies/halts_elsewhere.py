"""Halts and resumptions that may not be on record yet, for whoever decides next.

What was said without the database stands in a file of the machine it was said on, and in the reports of the
processes that obey it. Both are looked at before a decision is recorded, so that it comes after them.

The file is guarded by the machine. Reports come by Redis, where anybody who reaches it may have written them: what
halts is taken from them, as far as somebody can have said it, and never what resumes.
"""

import logging
from heapq import nsmallest
from time import time
from typing import Any

import redis
from django.conf import settings
from django.dispatch import receiver
from redis.exceptions import RedisError

from configuration.domain.halts import HaltRecord, newest
from configuration.exceptions import ConfigurationError
from configuration.halts.services import require_sayable
from configuration.signals import halts_said_elsewhere
from stored import leave_out
from strategies.keys import StrategyKeys
from strategies.reader import StrategiesReader
from strategies.state_files import EmergencyHalts

logger = logging.getLogger(__name__)
PATIENCE_SECONDS = 0.5  # a halt must not wait for Redis to come back
MOST_HALTS = 500
"""Are taken from reports, the widest first: whoever decides waits while they are recorded."""


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
    now = time()
    said = newest(
        record
        for report in reports
        if report.configuration != "none"
        for record in report.halts
        if record.halted and _can_have_been_said(record, now)
    )
    return [said[scope] for scope in nsmallest(MOST_HALTS, said)]


def _can_have_been_said(record: HaltRecord, now: float) -> bool:
    try:
        require_sayable(record, now)
    except ConfigurationError as error:
        leave_out("halts_in_reports", error.in_full)
        return False
    return True

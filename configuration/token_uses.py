"""When a token was last used: written now and then, and never at the cost of the request that uses it."""

import logging
from datetime import datetime, timedelta
from threading import Lock

from django.db import DatabaseError, transaction
from knox.models import AuthToken

from database.deadline import at_most
from database.locks import wait_little_for_locks
from login.models import TokenGrant

logger = logging.getLogger(__name__)

EVERY = timedelta(minutes=1)
PATIENCE_SECONDS = 0.2
"""Whoever holds a lock, or a database that is half away, costs a request no more than this, once a minute."""


class Uses:
    """Remembers, in this process, when each token's use was written last, or tried to be."""

    def __init__(self) -> None:
        self._tried: dict[str, datetime] = {}  # of valid tokens only, so no more than there are
        self._turn = Lock()

    def record(self, token: AuthToken, now: datetime) -> None:
        """The token was used; written at most once a minute."""
        grant = getattr(token, "grant", None)
        if self._is_recent(token.pk, grant.used_at if grant else None, now):
            return
        try:
            with at_most(PATIENCE_SECONDS), transaction.atomic():
                wait_little_for_locks()
                if not TokenGrant.objects.filter(pk=token.pk).update(used_at=now):
                    TokenGrant.objects.create(token=token, used_at=now)
        except DatabaseError as error:
            logger.info("use_not_written of token %s: %s", token.token_key[:8], error)

    def _is_recent(self, key: str, written: datetime | None, now: datetime) -> bool:
        """Was it written or tried within the minute? If not it is now tried."""
        with self._turn:
            last = max(filter(None, (written, self._tried.get(key))), default=None)
            if last is not None and now - last < EVERY:
                return True
            self._tried[key] = now
            return False


uses = Uses()

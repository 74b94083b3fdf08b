"""Sessions that end after a time of silence, without a write for every request that reads."""

from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.contrib.sessions.models import Session
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from database.deadline import at_most

PROLONGED_EVERY = timedelta(minutes=5)
"""Or in a tenth of the time a session lasts, where that is shorter."""
PATIENCE_SECONDS = 0.25
"""For a write that can as well be made with the next request."""


class SessionStore(DatabaseSessionStore):
    """Django's own, which knows in addition when what it has loaded would end."""

    def _get_session_from_db(self) -> Session | None:
        found: Session | None = super()._get_session_from_db()  # type: ignore[misc]  # the stubs leave it out
        self._ends_at = found and found.expire_date
        return found

    @property
    def is_to_be_prolonged(self) -> bool:
        """Has somebody been heard of whose session holds nothing of it yet? Asks nobody."""
        ends_at = getattr(self, "_ends_at", None)
        if ends_at is None or self.modified:
            return False
        whole, left = timedelta(seconds=settings.SESSION_COOKIE_AGE), ends_at - timezone.now()
        return bool(not whole - min(PROLONGED_EVERY, whole / 10) < left <= whole)


class SlidingSessions(SessionMiddleware):
    """Django's own, which prolongs. What keeps the database from writing keeps nobody from reading."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        session = request.session
        if not (isinstance(session, SessionStore) and session.is_to_be_prolonged):
            return super().process_response(request, response)
        session.modified = True
        try:
            with at_most(PATIENCE_SECONDS):
                return super().process_response(request, response)
        except (DatabaseError, SessionInterrupted):
            session.modified = False  # it is as it was, or has been ended meanwhile
            return super().process_response(request, response)

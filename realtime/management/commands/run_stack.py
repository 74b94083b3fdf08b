"""`manage.py run_stack`: the whole product on this machine, until Ctrl-C."""

import asyncio
import os
import signal
from collections.abc import Coroutine
from contextlib import suppress
from time import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError
from django.db import connection

from markets.reports.store import ReportReader
from realtime.stack.leftovers import end_leftovers, forget
from realtime.stack.login import Login, ensure_login
from realtime.stack.market import follow
from realtime.stack.plan import PUBLISHED, Plan, make_plan
from realtime.stack.reach import check_given_servers
from realtime.stack.screen import Screen
from realtime.stack.servers import ServerUnavailable
from realtime.stack.state import StackError, StateDirectory
from realtime.stack.supervisor import Supervisor
from stored import connected


class Command(BaseCommand):
    """Starts what is not given by the environment; `make run` calls it."""

    help = "Start the whole product on this machine: servers, feed, web, strategies and a market."
    requires_system_checks: list[str] = []

    def handle(self, *_: Any, **options: Any) -> None:
        self.screen = Screen()
        self.state = StateDirectory(settings.STATE_DIR)
        os.umask(0o077)  # whatever we and our children write is ours alone
        try:
            self.state.hold()
            self._end_leftovers()
            self.screen.title(f"Realtime Strategies {settings.VERSION}")
            plan = make_plan(os.environ, self.state)
            check_given_servers(os.environ)
            login = self._prepare_database()
            self._collect_static_files()
            asyncio.run(self._run(plan, login))
        except (StackError, ServerUnavailable) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self.screen.note("Stopped before it had started.")

    def _end_leftovers(self) -> None:
        for command in end_leftovers(self.state.directory):
            self.screen.note(f"Left running by a stack that was killed, and ended now: {command}")

    def _prepare_database(self) -> Login:
        try:
            with self.screen.working("database", _place_of_database()):
                call_command("migrate", verbosity=0, interactive=False)
                return ensure_login(self.state, os.environ)
        except DatabaseError as error:
            raise StackError(f"The database ({_place_of_database()}) cannot be used: {error}") from error
        finally:
            connection.close()

    def _collect_static_files(self) -> None:
        try:
            with self.screen.working("files", "scripts, styles and fonts of the pages, compressed"):
                call_command("collectstatic", verbosity=0, interactive=False)
        except OSError as error:
            raise StackError(f"Static files cannot be put into STATIC_ROOT: {error}") from error

    async def _run(self, plan: Plan, login: Login) -> None:
        stop = _stop_event()
        environment = os.environ | plan.variables
        self.state.publish({name: environment[name] for name in PUBLISHED})
        supervisor = Supervisor(self.state, environment, self.screen)
        reports = ReportReader(connected(environment["REDIS_URL"]), settings.STORE_PREFIX)
        try:
            await _unless_stopped(stop, self._start_and_watch(plan, login, supervisor, reports))
        finally:
            self.screen.note("Stopping…")
            await supervisor.stop([child.name for child in plan.processes])
            await supervisor.stop([child.name for child in plan.servers])
            self.state.withdraw()
            forget(self.state.directory)
        self.screen.note("Everything has stopped.")

    async def _start_and_watch(
        self, plan: Plan, login: Login, supervisor: Supervisor, reports: ReportReader
    ) -> None:
        began = time()
        for part, why in plan.left_out.items():
            self.screen.skipped(part, why)
        for child in plan.servers + plan.processes:
            with self.screen.working(child.name, child.note):
                await supervisor.start(child)
        self.screen.welcome(plan.port, login, self.state.logs, os.environ.get("STATE_DIR"))
        following = [follow(plan.market, self.screen, reports, began)] if plan.market else []
        await asyncio.gather(supervisor.watch(), *following)


def _stop_event() -> asyncio.Event:
    """Set by Ctrl-C, by a request to end, and by a terminal that goes away."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def _unless_stopped(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Run `work`, and let its errors out, until `stop` is set."""
    working = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait({working, stopping}, return_when="FIRST_COMPLETED")
    stopping.cancel()
    if stop.is_set():
        working.cancel()
    with suppress(asyncio.CancelledError):
        await working


def _place_of_database() -> str:
    place = settings.DATABASES["default"]
    if connection.vendor == "sqlite":
        return f"SQLite, {place['NAME']}"
    return f"{place['HOST'] or 'local'}:{place['PORT'] or 5432}/{place['NAME']}, given by DATABASE_URL"

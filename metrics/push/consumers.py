"""One object per connected browser or client; all the work is done by the hub."""

from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings

from live.consumers import NOT_UNDERSTOOD, POLICY_VIOLATION, ClientMessage, LiveConsumer
from live.frames import error_frame
from login.models import may_read_metrics
from metrics.domain.choice import FOLLOWED, Choice, read_choice
from metrics.push.frames import EVERYTHING, Filter
from metrics.push.hub import MOST_LISTS, get_hub
from symbols import fault_of, read_symbol

MAX_FILTER_SYMBOLS = 500
TOO_MANY_LISTS = (
    f"{MOST_LISTS} other lists of venues are followed already; venue=* and single venues always have room."
)


def not_a_symbol(name: str) -> str:
    """The error frame about a name that is none."""
    return error_frame("BAD_SYMBOLS", f"A symbol is {fault_of(name)}.")


class MarketConsumer(LiveConsumer):
    """Base: the market is public, unless the operator wants to know who looks."""

    @property
    def requires_login(self) -> bool:
        return bool(settings.METRICS_REQUIRE_LOGIN)

    async def refusal(self, user: Any) -> HTTPStatus | None:
        return None if may_read_metrics(user) else HTTPStatus.FORBIDDEN

    @property
    def asked(self) -> dict[str, str]:
        """What stands in the query of the address, the first of each name."""
        query = parse_qs(self.scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
        return {name: values[0] for name, values in query.items()}

    async def choose(self) -> Choice | None:
        """Which markets are asked for; None, with a frame that says why, where that cannot be."""
        try:
            return read_choice(self.asked.get("venue"), self.asked.get("form"))
        except ValueError as error:
            await self.send_frame(error_frame("BAD_VENUE", f"{error}."))
            return None


class PressureConsumer(MarketConsumer):
    """`/ws/pressure/`: one row per symbol, all or those asked for."""

    wanted = EVERYTHING

    async def join(self) -> None:
        choice = await self.choose()
        if choice is not None:
            self.wanted = Filter(choice=choice)
        if choice is None or not await self._want(self.asked.get("symbols", "").split(",")):
            await self.close(POLICY_VIOLATION)
            return
        if not get_hub().has_room_for(choice):
            await self.send_frame(error_frame("TOO_MANY_LISTS", TOO_MANY_LISTS))
            await self.close(POLICY_VIOLATION)
            return
        await get_hub().join_pressure(self)

    async def disconnect(self, code: int) -> None:
        get_hub().leave_pressure(self)

    async def resync(self) -> None:
        await get_hub().resync_pressure(self)

    async def carry_out(self, message: ClientMessage) -> None:
        if message.type != "subscribe":
            await super().carry_out(message)
        elif message.symbols is None:
            await self.send_frame(error_frame("BAD_MESSAGE", NOT_UNDERSTOOD))
        elif await self._want(message.symbols):
            await self.resync_if_allowed()

    async def _want(self, symbols: list[str]) -> bool:
        """Narrow to `symbols`; an empty list is all of them. False, and told, where that cannot be."""
        named = {name: read_symbol(name) for name in map(str.strip, symbols) if name}
        wrong = [name for name, symbol in named.items() if symbol is None]
        wanted = frozenset(filter(None, named.values()))
        if wrong:
            await self.send_frame(not_a_symbol(wrong[0]))
        elif len(wanted) > MAX_FILTER_SYMBOLS:
            message = f"At most {MAX_FILTER_SYMBOLS} symbols, got {len(wanted)}."
            await self.send_frame(error_frame("BAD_SYMBOLS", message))
        else:
            self.wanted = Filter(wanted or None, self.wanted.choice)
            return True
        return False


class DepthConsumer(MarketConsumer):
    """`/ws/depth/<SYMBOL>/`: one symbol in full, with its ladder."""

    symbol = ""
    choice = FOLLOWED

    async def join(self) -> None:
        name = self.scope["url_route"]["kwargs"]["symbol"]
        symbol = read_symbol(name)
        if symbol is None:
            await self.send_frame(not_a_symbol(name))
            await self.close(POLICY_VIOLATION)
            return
        choice = await self.choose()
        if choice is not None and choice.is_each:
            await self.send_frame(error_frame("BAD_VENUE", "One venue can be watched at a time."))
        if choice is None or choice.is_each:
            await self.close(POLICY_VIOLATION)
            return
        self.symbol, self.choice = symbol, choice
        await get_hub().join_depth(self)

    async def disconnect(self, code: int) -> None:
        get_hub().leave_depth(self)

    async def resync(self) -> None:
        await get_hub().resync_depth(self)

"""Removing a level, so that it inherits everything again."""

from django.http import HttpRequest, HttpResponse

from configuration import reading, services
from configuration.addressing import address
from configuration.exceptions import NothingToDelete
from configuration.permissions import DELETE
from configuration.previews import preview
from configuration.services import Author
from desk.pages import demand, level_name, level_url, page
from desk.proposals import Proposal, confirm


@page
def remove(request: HttpRequest, strategy_id: str, symbol: str | None = None) -> HttpResponse:
    """Show what removing the level would do; do it once a reason is given."""
    demand(request.user, DELETE)
    strategy_id, symbol = address(strategy_id, symbol)
    levels = reading.strategy(strategy_id)
    if levels.own(symbol) is None:
        raise NothingToDelete(strategy_id, symbol)

    def write(author: Author) -> str:
        services.delete(strategy_id, symbol, author=author)
        return f"{levels.spec.name} for {level_name(symbol)} inherits everything again."

    proposal = Proposal(
        title=f"Remove {levels.spec.name} · {level_name(symbol)}",
        template="desk/removal.html",
        levels=levels,
        previews={symbol: preview(levels, symbol, {}, replace=True)},
        write=write,
        context={"cancel_url": level_url(strategy_id, symbol)},
    )
    return confirm(request, proposal)

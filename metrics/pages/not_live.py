"""The symbols that are not live, in the order in which somebody should look at them."""

from metrics.answers.feeds import current_not_live
from metrics.domain.admission.news import NotLive
from metrics.domain.market import SUSPECT, why_not_live
from metrics.store.reader import StoreReader


def not_live(reader: StoreReader) -> list[NotLive]:
    """The suspect first, then others of which something is shown, then those of which nothing can be shown.

    Rows tell of themselves, whether or not a feed is heard; of symbols without one only feeds know.
    """
    now, markets = reader.clock(), reader.markets()
    known = {row.id for of_symbol in markets.values() for row in of_symbol}
    shown = [
        NotLive(row.symbol, state, reason, row.received_at, row.market)
        for of_symbol in markets.values()
        for row in of_symbol
        if (reason := why_not_live(state := reader.expiry.state(row, now), row.reason))
    ]

    def is_known(each: NotLive) -> bool:
        return (each.symbol, each.market) in known if each.market else each.symbol in markets

    unshown = [each for each in current_not_live(reader.feeds(), now) if not is_known(each)]
    suspects = [each for each in shown if each.state == SUSPECT]
    others = [each for each in shown if each.state != SUSPECT]
    return suspects + others + [each._replace(state=None) for each in unshown]

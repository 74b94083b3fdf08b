"""The symbols that are not live, in the order in which somebody should look at them."""

from metrics.answers.feeds import current_not_live
from metrics.domain.admission.news import NotLive
from metrics.domain.market import SUSPECT, why_not_live
from metrics.store.reader import StoreReader


def not_live(reader: StoreReader) -> list[NotLive]:
    """The suspect first, then others of which something is shown, then those of which nothing can be shown.

    Rows tell of themselves, whether or not a feed is heard; of symbols without one only feeds know.
    """
    now, rows = reader.clock(), reader.rows()
    shown = [
        NotLive(row.symbol, state, reason, row.received_at)
        for row in rows.values()
        if (reason := why_not_live(state := reader.expiry.state(row, now), row.reason))
    ]
    unshown = [each for each in current_not_live(reader.feeds(), now) if each.symbol not in rows]
    suspects = [each for each in shown if each.state == SUSPECT]
    others = [each for each in shown if each.state != SUSPECT]
    return suspects + others + [each._replace(state=None) for each in unshown]

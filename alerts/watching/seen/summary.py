"""All followed markets together, as the store shows them."""

from alerts.domain.watched.summary import SummarySeen, mean_abs_net_pressure
from alerts.watching.seen.look import Look
from metrics.domain.market import live_mids, summarise


def summary(look: Look) -> list[SummarySeen] | None:
    """The summary; None while the store is away."""
    if look.rows is None:
        return None
    rows = [of_symbol[0] for of_symbol in look.rows.values()]
    mids = live_mids(look.rows, look.expiry, look.now)
    return [
        SummarySeen(
            summarise(rows, look.expiry, look.now, mids), mean_abs_net_pressure(rows, look.expiry, look.now)
        )
    ]

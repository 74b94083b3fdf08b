"""How often messages became no number, by reason; and by kind, those that nobody reads."""

import logging
from collections import Counter

from metrics.domain.admission.contracts import DIFF

logger = logging.getLogger(__name__)


class Counts:
    """Of one process that reads the market: `refused` by reason, `ignored` by kind."""

    def __init__(self) -> None:
        self.refused: Counter[str] = Counter()
        self.ignored: Counter[str] = Counter()
        self._known: Counter[str] = Counter()

    def refuse(self, reason: str, symbol: str = "", messages: int = 1) -> None:
        """Count refusals; the first of a kind is worth a line, the thousandth is not. Diffs are ignored: no books."""
        if reason == DIFF:
            self.ignored[DIFF] += messages
            return
        if reason not in self.refused:
            logger.warning(
                "refused %s%s; counted from now on, not logged again", reason, symbol and f" {symbol}"
            )
        self.refused[reason] += messages

    def refused_mostly(self) -> str | None:
        """Why most were refused since this was asked last; None where none was."""
        since = self.refused - self._known
        self._known = Counter(self.refused)
        return max(since, key=since.__getitem__, default=None)

"""Is a change missing? Each follows the one before it, by the rules of Binance for spot and for contracts."""

from markets.recording.frames import Ids


class Chain:
    """The changes of one market."""

    def __init__(self) -> None:
        self.last_id: int | None = None

    def follows(self, ids: Ids) -> bool:
        """Take the next change in. False where some are missing before it; what came before is no break."""
        before, self.last_id = self.last_id, max(ids.u, self.last_id or 0)
        if before is None or ids.u <= before:
            return True
        return (ids.U - 1 if ids.pu is None else ids.pu) == before

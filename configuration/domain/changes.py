"""A committed change, as it is announced to whoever follows the configuration."""

from datetime import datetime

import msgspec

from configuration.domain.effective import Config


class CommittedChange(msgspec.Struct, frozen=True, kw_only=True):
    """Who changed which level and why, and what is in force there since."""

    id: str
    strategy_id: str
    symbol: str | None
    action: str
    version: int
    actor: str
    changed_by: str | None
    changed_at: datetime
    reason: str | None
    config: Config

"""What the database keeps of the market: one row per market and minute."""

from django.db import models


class MinuteRollup(models.Model):
    """A minute of one market. Pressure in [-100, 100], prices in the quote asset; null without an update.

    `market` is venue and form ("binance/spot"). Minutes of before markets were kept apart have none: they are of the
    market that was followed then. What a size costs and what rests near the mid price, in US dollars, is of so many
    published rows (samples) in which it was known. Order flow imbalance (at the best level and over five) and the
    quantity at the touch are in the base asset, and so is what was traded; bought and sold are in the quote asset.
    """

    symbol = models.CharField(max_length=32)
    market = models.CharField(max_length=40, default="", blank=True)
    minute = models.DateTimeField()
    pressure_open = models.FloatField(null=True)
    pressure_high = models.FloatField(null=True)
    pressure_low = models.FloatField(null=True)
    pressure_close = models.FloatField(null=True)
    pressure_mean = models.FloatField(null=True)
    mid_open = models.FloatField(null=True)
    mid_high = models.FloatField(null=True)
    mid_low = models.FloatField(null=True)
    mid_close = models.FloatField(null=True)
    mid_mean = models.FloatField(null=True)
    spread_bps_mean = models.FloatField(null=True)
    spread_bps_min = models.FloatField(null=True)
    spread_bps_max = models.FloatField(null=True)
    depth_mean = models.FloatField(null=True)
    cost_bps_mean = models.FloatField(null=True)
    cost_bps_min = models.FloatField(null=True)
    cost_bps_max = models.FloatField(null=True)
    cost_samples = models.PositiveIntegerField(default=0)
    depth_usd_mean = models.FloatField(null=True)
    depth_usd_min = models.FloatField(null=True)
    depth_usd_max = models.FloatField(null=True)
    depth_samples = models.PositiveIntegerField(default=0)
    ofi = models.FloatField(null=True)
    ofi_5 = models.FloatField(null=True)
    touch_mean = models.FloatField(null=True)
    trades = models.PositiveIntegerField(null=True)
    bought = models.FloatField(null=True)
    sold = models.FloatField(null=True)
    traded = models.FloatField(null=True)
    updates = models.PositiveIntegerField()
    seconds_not_live = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["symbol", "market", "minute"], name="one_rollup_per_market_and_minute"
            )
        ]
        indexes = [models.Index(fields=["minute"], name="rollup_by_minute")]

    def __str__(self) -> str:
        return f"{self.symbol} {self.market} {self.minute:%Y-%m-%d %H:%M}"

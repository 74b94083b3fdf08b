"""What a value must be to be believed where it is read again. Declared in its struct, checked by its decoder.

A NaN is within no bounds, and neither is anything infinite.
"""

from typing import Annotated

from msgspec import Meta

import symbols

Moment = Annotated[float, Meta(ge=0, lt=253_402_300_800)]
"""Seconds since the epoch, up to the year 9999."""
Real = Annotated[float, Meta(gt=-1e100, lt=1e100)]
"""Any measure; sums and products of some thousands stay finite."""
Ratio = Annotated[float, Meta(ge=-1, le=1)]
Count = Annotated[int, Meta(ge=0)]
Symbol = Annotated[str, Meta(pattern=symbols.WHOLE)]
Name = Annotated[str, Meta(min_length=1, max_length=300, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]
"""Of a process, a reason, a subject: a line of text."""

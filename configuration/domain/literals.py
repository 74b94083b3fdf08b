"""How values are written as text: one rule for the fields of a form, documents and environment variables.

A number has ASCII digits, with a sign, a point and an exponent where it needs them: 5, 010 (which is ten), +5, .5,
1., 1e3. Nothing else is a number: no 0x10, 0o10 or 0b10, no 1_000 or 1,000, no 5:00, no nan or inf.
"""

import re
from collections.abc import Mapping

from configuration.domain.parameters import Number

WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
BOOLEANS: Mapping[str, bool] = {"true": True, "false": False}


def read_number(text: str) -> Number | str:
    """The number that is written; the text itself where none is, so that whoever refuses it can quote it.

    More digits than any parameter can have, or an exponent beyond all floats, read as a float, which may be infinite.
    """
    written = text.strip()
    if WHOLE.fullmatch(written):
        return int(written)
    return float(written) if NUMBER.fullmatch(written) else text


def read_boolean(text: str) -> bool | str:
    """The truth value that is written, in any case; the text itself where none is."""
    return BOOLEANS.get(text.strip().lower(), text)

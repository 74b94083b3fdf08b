"""Tables as CSV, fit for spreadsheets: letters come out right, and no words are run as a formula."""

import csv
import re
from collections.abc import Iterable
from io import StringIO
from typing import Any
from unicodedata import category, normalize

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel takes UTF-8 for the code page of its country."""
FORMULA_STARTS = frozenset("=+-@\N{MINUS SIGN}")
"""What some spreadsheet begins a formula with, once forms such as full width are folded (NFKC)."""
UNSEEN_KINDS = ("C", "M", "Z")
"""Controls and marks of direction, what combines with a letter that is not there, spaces: a formula may hide behind."""
UNSEEN_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and a pattern of Braille that are blank."""
PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?", re.ASCII | re.IGNORECASE)


def csv_of(rows: Iterable[Iterable[Any]]) -> str:
    """Rows, the one of the names first, as a file; None is an empty field. To be sent as UTF-8."""
    text = StringIO()
    text.write(BYTE_ORDER_MARK)
    lines = csv.writer(text, lineterminator="\n")
    lines.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    return harmless(value) if isinstance(value, str) else value


def harmless(words: str) -> str:
    """Words that no spreadsheet runs, with an apostrophe in front where one might; a number stays one."""
    return f"'{words}" if words and not PLAIN_NUMBER.fullmatch(words) and _may_run(words[0]) else words


def _may_run(first: str) -> bool:
    return (
        normalize("NFKC", first)[0] in FORMULA_STARTS
        or category(first).startswith(UNSEEN_KINDS)
        or first in UNSEEN_LETTERS
    )

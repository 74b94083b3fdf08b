"""Tables as CSV, fit for spreadsheets: letters come out right, and no words are run as a formula."""

import csv
import re
from collections.abc import Iterable
from functools import lru_cache
from io import StringIO
from itertools import takewhile
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
SEPARATORS = re.compile(r"([,;|\t\r\n])")
"""Behind which some spreadsheet begins a cell."""
PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?", re.ASCII | re.IGNORECASE)


def csv_of(rows: Iterable[Iterable[Any]]) -> str:
    """Rows, the one of the names first, as a file; None is an empty field. To be sent as UTF-8."""
    return BYTE_ORDER_MARK + csv_lines(rows)


def csv_lines(rows: Iterable[Iterable[Any]]) -> str:
    """The same for a file that is written in parts: BYTE_ORDER_MARK stands at its beginning."""
    text = StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    return harmless(value) if isinstance(value, str) else value


@lru_cache(1_000)  # a column has the same words again and again
def harmless(words: str) -> str:
    """Words that no spreadsheet runs, with an apostrophe where one might; a number stays one.

    It stands in front, and wherever another country's spreadsheet begins a cell: it takes `x;=1` for two, and heeds
    quotes in the midst of a line no more (OWASP, CSV Injection).
    """
    if not words or PLAIN_NUMBER.fullmatch(words):
        return words
    first, *others = SEPARATORS.split(words)
    may_run = _begins_formula(words[0]) or _is_unseen(words[0])
    return "".join([f"'{first}" if may_run else _guarded(first), *map(_guarded, others)])


def _guarded(cell: str) -> str:
    """With an apostrophe before a formula, also behind quotes and what cannot be seen."""
    hidden = sum(1 for _ in takewhile(lambda letter: letter == '"' or _is_unseen(letter), cell))
    if hidden < len(cell) and _begins_formula(cell[hidden]):
        return f"{cell[:hidden]}'{cell[hidden:]}"
    return cell


def _begins_formula(letter: str) -> bool:
    return normalize("NFKC", letter)[0] in FORMULA_STARTS


def _is_unseen(letter: str) -> bool:
    return category(letter).startswith(UNSEEN_KINDS) or letter in UNSEEN_LETTERS

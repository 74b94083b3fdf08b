"""CSV that spreadsheets open as it was meant."""

import csv
import io
import unicodedata

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from spreadsheets import csv_of, harmless

UNSEEN = {
    "zero width space": "\u200b", "zero width joiner": "\u200d", "byte order mark": "\ufeff", "no-break": "\u00a0",
    "soft hyphen": "\u00ad", "right-to-left mark": "\u200f", "right-to-left override": "\u202e", "isolate": "\u2066",
    "word joiner": "\u2060", "ideographic space": "\u3000", "Hangul filler": "\u3164", "blank Braille": "\u2800",
    "variation selector": "\ufe0f", "combining accent": "\u0301", "line separator": "\u2028", "space": " ", "tab": "\t",
    "carriage return": "\r", "line feed": "\n", "null": "\0", "next line": "\x85", "tag": "\U000e0041",
    "private use": "\ue000",
}  # fmt: skip


@pytest.mark.parametrize("first", "=+-@＝＋－＠﹦﹢﹣﹫⁺⁻⁼−")
def test_what_begins_like_a_formula_is_not_run(first: str):
    assert harmless(f"{first}SUM(A1)") == f"'{first}SUM(A1)"
    assert harmless(first) == f"'{first}"


@pytest.mark.parametrize("unseen", UNSEEN)
def test_nothing_hides_behind_what_cannot_be_seen(unseen: str):
    assert harmless(f"{UNSEEN[unseen]}=SUM(A1)") == f"'{UNSEEN[unseen]}=SUM(A1)"


@pytest.mark.parametrize("number", ["-0.5", "5", "0", "-12", "1e-05", "-1.5E+3", "0010"])
def test_a_plain_number_stays_one(number: str):
    assert harmless(number) == number


@pytest.mark.parametrize(
    "words", ["", "tighter", "币安人生USDT", "ärger", "1000PEPEUSDT", "'quoted", "(5)", "2026-11-28"]
)
def test_other_words_stay_as_they_are(words: str):
    assert harmless(words) == words


@pytest.mark.parametrize("words", ["-1+1", "-5 of them", "+5", "--5", "-٣", "-1e", "-5\n"])
def test_what_only_begins_like_a_number_is_no_number(words: str):
    assert harmless(words) == f"'{words}"


@given(some.text(min_size=1))
def test_no_cell_begins_with_a_formula_or_with_what_cannot_be_seen(words: str):
    cell = harmless(words)
    assert cell in (words, f"'{words}")
    if cell == words and not cell.lstrip("-").replace(".", "").replace("+", "").replace("-", "").isalnum():
        assert unicodedata.normalize("NFKC", cell)[0] not in "=+-@"


def test_excel_knows_the_letters_and_programs_know_the_names():
    file = csv_of([["name", "count", "nothing"], ["币安", -5, None], ["=1,2", -0.5, ""]])
    assert file == '\ufeffname,count,nothing\n币安,-5,\n"\'=1,2",-0.5,\n'
    raw = file.encode()
    assert next(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))["name"] == "币安"
    assert list(pd.read_csv(io.BytesIO(raw)).columns) == ["name", "count", "nothing"]

"""CSV that spreadsheets open as it was meant."""

import csv
import io
import unicodedata

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from spreadsheets import PLAIN_NUMBER, csv_of, harmless

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
    again = "'" if UNSEEN[unseen] in "\t\r\n" else ""  # behind which a cell may begin, too
    assert harmless(f"{UNSEEN[unseen]}=SUM(A1)") == f"'{UNSEEN[unseen]}{again}=SUM(A1)"


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


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", "\n", "\r"])
@pytest.mark.parametrize("between", ["", " ", '"', '""', ' "', "\u200b", "\u00a0"])
def test_nothing_is_run_where_a_spreadsheet_takes_a_separator_for_the_end_of_a_cell(
    separator: str, between: str
):
    assert harmless(f"x{separator}{between}=1+1") == f"x{separator}{between}'=1+1"
    assert harmless(f"x{separator}{between}-5{separator}@A1") == f"x{separator}{between}'-5{separator}'@A1"


@pytest.mark.parametrize(
    "words", ["a;b", "a, b; c", "x;1", "a=1;b", "to -5, from 2", "1,5", "x;", ";;", 'x;"y"']
)
def test_separators_before_anything_else_stay_alone(words: str):
    assert harmless(words) == words


HOSTILE = some.text(alphabet=some.sampled_from([*"=+-@;,|\t\n\"' x1", "\u200b", "＝"]), max_size=12)


@given(some.lists(some.lists(HOSTILE, min_size=1, max_size=3), min_size=1, max_size=3))
def test_however_a_spreadsheet_splits_a_file_no_cell_is_run(rows: list[list[str]]):
    """Each line begins with a word of ours, as every table of the product does."""
    file = csv_of([["word", *row] for row in rows]).removeprefix("\ufeff")
    for delimiter in ",;\t|":
        for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
            reader = csv.reader(io.StringIO(file, newline=""), delimiter=delimiter, quoting=quoting)
            for cell in (cell for row in reader for cell in row):
                seen = cell.lstrip("\"' \u200b\n\t").removeprefix("'")
                is_quoted = "'" in cell[: len(cell) - len(seen)]
                assert is_quoted or PLAIN_NUMBER.fullmatch(cell) or seen[:1] not in {*"=+-@＝"} - {""}, cell


@given(some.text(min_size=1))
def test_no_cell_begins_with_a_formula_or_with_what_cannot_be_seen(words: str):
    cell = harmless(words)
    assert cell.replace("'", "") == words.replace("'", "")
    if cell == words and not cell.lstrip("-").replace(".", "").replace("+", "").replace("-", "").isalnum():
        assert unicodedata.normalize("NFKC", cell)[0] not in "=+-@"


def test_excel_knows_the_letters_and_programs_know_the_names():
    file = csv_of([["name", "count", "nothing"], ["币安", -5, None], ["=1,2", -0.5, ""]])
    assert file == '\ufeffname,count,nothing\n币安,-5,\n"\'=1,2",-0.5,\n'
    raw = file.encode()
    assert next(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))["name"] == "币安"
    assert list(pd.read_csv(io.BytesIO(raw)).columns) == ["name", "count", "nothing"]

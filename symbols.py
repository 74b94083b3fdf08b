"""How a symbol is written. It knows nothing of the product, so that every part of it may ask.

Markets are named in Chinese, Japanese and Korean, too (币安人生USDT). Of those letters the ones count that have one
spelling: neither full- and half-width forms, compatibility ideographs and Hangul in pieces, nor Bopomofo, which spells
sounds. So whatever is made of them is in NFC, and text that is not is refused. No other script counts: a Cyrillic В
looks like a Latin B, and nothing must be set for the wrong market.

The letters are those of Unicode 14, whatever Python knows: of two processes that disagree each would leave a symbol to
the other.
"""

import re
import unicodedata
from collections.abc import Iterator
from string import ascii_lowercase, ascii_uppercase

RULE = (
    "2 to 32 letters (A to Z, Chinese, Japanese or Korean), digits, dots, underscores or dashes; "
    "a letter or digit first, no dot last or twice"
)
"""Dots part the subjects of NATS and the steps of a path, where nothing between two of them is no name."""

Span = tuple[str, str]
"""Neighbouring characters, the first and the last of them."""
LATIN_AND_DIGITS: tuple[Span, ...] = (("0", "9"), ("A", "Z"), ("a", "z"))
LETTERS: tuple[Span, ...] = (
    ("\u3005", "\u3006"),  # 々 and 〆; 〇 is a number
    ("\u3041", "\u3096"), ("\u309d", "\u309e"),  # hiragana
    ("\u30a1", "\u30fa"), ("\u30fc", "\u30fe"),  # katakana
    ("\u3400", "\u4dbf"), ("\u4e00", "\u9fff"),  # ideographs
    ("\uac00", "\ud7a3"),  # syllables of Hangul
    # Ideographs that stand among those for compatibility and are compatible with no other, such as 﨑.
    ("\ufa0e", "\ufa0f"), ("\ufa11", "\ufa11"), ("\ufa13", "\ufa14"), ("\ufa1f", "\ufa1f"),
    ("\ufa21", "\ufa21"), ("\ufa23", "\ufa24"), ("\ufa27", "\ufa29"),
)  # fmt: skip
RARE_LETTERS: tuple[Span, ...] = (
    ("\U00020000", "\U0002a6df"), ("\U0002a700", "\U0002b738"), ("\U0002b740", "\U0002b81d"),
    ("\U0002b820", "\U0002cea1"), ("\U0002ceb0", "\U0002ebe0"), ("\U00030000", "\U0003134a"),
)  # fmt: skip
"""Ideographs beyond the first plane."""
MARKS: tuple[Span, ...] = (("-", "."), ("_", "_"))
SURROGATES: Span = ("\ud800", "\udfff")
BEHIND: Span = ("\U00010000", "\U0010ffff")
"""All planes but the first."""

_WORD = "".join(f"{first}-{last}" for first, last in (*LATIN_AND_DIGITS, *LETTERS, *RARE_LETTERS))
_SYMBOL = re.compile(rf"(?!.*\.\.)[{_WORD}][{_WORD}._-]{{0,30}}[{_WORD}_-]")
WHOLE = rf"\A{_SYMBOL.pattern}\Z"
"""Text that is one symbol and nothing else, for those who search."""
_STRANGER = re.compile(rf"[^{_WORD}._-]")
_CAPITALS = str.maketrans(ascii_lowercase, ascii_uppercase)

LONGEST_REPEATED = 40
UNSEEN_LETTERS = "\u115f\u1160\u3164\uffa0"
"""They fill the place of a Hangul letter, and show nothing."""
WITHOUT_NAME = {
    "Cc": "control character",
    "Cn": "no character",
    "Co": "private use",
    "Cs": "half a character",
}


def read_symbol(text: str) -> str | None:
    """The symbol `text` names, its Latin letters in any case; None where it cannot be one."""
    return capitals(text) if _SYMBOL.fullmatch(text) else None


def capitals(text: str) -> str:
    """With capitals for a to z alone: other letters have none, two of them ("ß"), or that of another ("ı", "ſ")."""
    return text.translate(_CAPITALS)


def read_symbols(text: str) -> frozenset[str]:
    """Symbols in any case with commas between, at least one; ValueError says what is none."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise ValueError(f"must name at least one symbol, got {text[:LONGEST_REPEATED]!r}")
    symbols = {name: read_symbol(name) for name in names}
    for name, symbol in symbols.items():
        if symbol is None:
            raise ValueError(f"must be {fault_of(name)}")
    return frozenset(filter(None, symbols.values()))


def fault_of(text: str) -> str:
    """What a reader is shown for text that is no symbol: what one is, and what was given."""
    return f"{RULE}; got {shown(text)}{where(text)}"


def where(text: str) -> str:
    """The end of a sentence that repeats text: its stranger, if there is one."""
    stranger = stranger_in(text)
    return f", where {stranger}" if stranger else ""


def stranger_in(text: str) -> str:
    """The first character that stands in no symbol, in words, since it may look like one that does; empty without."""
    stranger = _STRANGER.search(text)
    return f"character {stranger.start() + 1} is {_name(stranger[0])}" if stranger else ""


def shown(text: str) -> str:
    """Text as a sentence repeats it: not at any length, and with numbers for what cannot be seen."""
    begin = "".join(
        char if char == " " or _is_seen(char) else f"<{_number(char)}>" for char in text[:LONGEST_REPEATED]
    )
    return f"{begin}…" if len(text) > LONGEST_REPEATED else begin


def _name(char: str) -> str:
    name = unicodedata.name(char, "") or WITHOUT_NAME.get(
        unicodedata.category(char), "no letter that has a name"
    )
    return f"{char} ({_number(char)}, {name})" if _is_seen(char) else f"{_number(char)} ({name})"


def _number(char: str) -> str:
    return f"U+{ord(char):04X}"


def _is_seen(char: str) -> bool:
    """Does it show, by itself, where it stands?"""
    return unicodedata.category(char)[0] in "LNPS" and char not in UNSEEN_LETTERS


def _strangers() -> Iterator[str]:
    """What lies between the spans of the first plane, and behind them."""
    following = 0
    for first, last in sorted((*LATIN_AND_DIGITS, *MARKS, *LETTERS, SURROGATES, BEHIND)):
        if ord(first) > following:
            yield f"\\u{following:04x}-\\u{ord(first) - 1:04x}"
        following = ord(last) + 1


STRANGERS = "".join(_strangers())
"""The characters of the first plane that stand in no symbol, as a class of any language's regular expressions.

For those who check what they are about to send, or what is being typed. Many languages know the planes above by halves
only (SURROGATES), so of those it says nothing.
"""
PATTERN = f"^[^{STRANGERS}]{{2,32}}$"

"""Symbols as exchanges list them, text that only looks like one, and whatever else may be one."""

import re
import unicodedata

from hypothesis import strategies as st

from symbols import LATIN_AND_DIGITS, LETTERS, RARE_LETTERS, Span

LISTED = (
    "币安人生USDT",
    "1000PEPEUSDT",
    "BTCUSDT_251226",
    "ビットコインUSDT",
    "비트코인KRW",
    "山﨑々USD",
    "𠮷野家USDT",
)
LOOK_ALIKES = {
    "ВTCUSDT": "В (U+0412, CYRILLIC CAPITAL LETTER VE)",
    "ΒTCUSDT": "Β (U+0392, GREEK CAPITAL LETTER BETA)",
    "ＢＴＣUSDT": "Ｂ (U+FF22, FULLWIDTH LATIN CAPITAL LETTER B)",
    "ﬁSHUSDT": "ﬁ (U+FB01, LATIN SMALL LIGATURE FI)",
    "ßTCUSDT": "ß (U+00DF, LATIN SMALL LETTER SHARP S)",
    "ıcpusdt": "ı (U+0131, LATIN SMALL LETTER DOTLESS I)",
    "ſolusdt": "ſ (U+017F, LATIN SMALL LETTER LONG S)",
    "\u200bBTCUSDT": "U+200B (ZERO WIDTH SPACE)",
    "\u200fBTCUSDT": "U+200F (RIGHT-TO-LEFT MARK)",
    "\u00adBTCUSDT": "U+00AD (SOFT HYPHEN)",
    "ﾋﾞットコインUSDT": "ﾋ (U+FF8B, HALFWIDTH KATAKANA LETTER HI)",
    "ﾡ비트USDT": "ﾡ (U+FFA1, HALFWIDTH HANGUL LETTER KIYEOK)",
    "\u3099BTCUSDT": "U+3099 (COMBINING KATAKANA-HIRAGANA VOICED SOUND MARK)",
    unicodedata.normalize("NFD", "비트KRW"): "ᄇ (U+1107, HANGUL CHOSEONG PIEUP)",
    "\ufa5dUSDT": "\ufa5d (U+FA5D, CJK COMPATIBILITY IDEOGRAPH-FA5D)",
    "ㄅㄆUSDT": "ㄅ (U+3105, BOPOMOFO LETTER B)",
    "ㅂ비트KRW": "ㅂ (U+3142, HANGUL LETTER PIEUP)",
    "\u3164비트KRW": "U+3164 (HANGUL FILLER)",
    "〇USDT": "〇 (U+3007, IDEOGRAPHIC NUMBER ZERO)",
    "١٠USDT": "١ (U+0661, ARABIC-INDIC DIGIT ONE)",
    "😀USDT": "😀 (U+1F600, GRINNING FACE)",
    "\u0378USDT": "U+0378 (no character)",
}
"""With the character that gives each away, which is its first."""


def characters(*spans: Span) -> st.SearchStrategy[str]:
    """One of them; rare spans are as likely as large ones."""
    return st.sampled_from(spans).flatmap(
        lambda span: st.characters(min_codepoint=ord(span[0]), max_codepoint=ord(span[1]))
    )


words = characters(*LATIN_AND_DIGITS, *LETTERS, *RARE_LETTERS)
symbols = (
    st.builds("{}{}{}".format, words, st.text(words | st.sampled_from("._-"), max_size=30), words)
    .map(
        lambda text: re.sub(r"\.+", ".", text).translate(
            str.maketrans("abcdefghijklmnopqrstuvwxyz", "A" * 26)
        )
    )
    .filter(lambda text: len(text) >= 2)
)
"""Symbols of all letters there are, in capitals."""

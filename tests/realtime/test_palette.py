"""Colours are stated once: the palette names them, and everything else uses the names."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PALETTE = ROOT / "static/realtime/css/palette.css"
COLOUR = re.compile(
    r"(?<![\w&/])#(?:[0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})\b(?!-)|\b(?:rgba?|hsla?|oklch|hwb|lab)\(", re.I
)


def looked_through() -> Iterator[Path]:
    for folder, kinds in (("static", ("css", "js")), ("templates", ("html",))):
        for kind in kinds:
            yield from (ROOT / folder).rglob(f"*.{kind}")


@pytest.mark.parametrize(
    "path",
    [each for each in looked_through() if each != PALETTE],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_no_colour_stands_beside_the_palette(path: Path):
    words = re.sub(r"(?m)//.*$|\"#[\w-]+\"|'#[\w-]+'|href=\"[^\"]*\"|#feed\b|#add\b", "", path.read_text())
    assert COLOUR.findall(words) == []


def test_every_name_that_is_used_is_in_the_palette():
    known = set(re.findall(r"(--[\w-]+):", PALETTE.read_text()))
    for path in looked_through():
        text = path.read_text()
        own = set(re.findall(r"(--[\w-]+)\s*:", text)) | set(
            re.findall(r"setProperty\([\"'](--[\w-]+)", text)
        )
        used = set(re.findall(r"var\((--[\w-]+)", text)) - own
        assert used <= known, path

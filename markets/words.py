"""What others send, as it may stand in a log and be kept."""

MOST_LETTERS = 200


def plain(text: str) -> str:
    """One line of bounded length that prints."""
    line = " ".join(text[: 4 * MOST_LETTERS].split())[:MOST_LETTERS]
    return "".join(letter if letter.isprintable() else "?" for letter in line)

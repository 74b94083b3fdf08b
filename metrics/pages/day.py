"""What is drawn of the last 24 hours of one market."""

from metrics.pages.liquidity import words


def charts() -> list[dict[str, str]]:
    """By the names that `static/realtime/js/day.js` knows them by."""
    told = words()
    return [
        {"name": "spread", "title": "Spread", "unit": "bps"},
        {"name": "cost", "title": f"Cost of {told['size']}", "unit": "bps"},
        {"name": "depth", "title": f"Depth within {told['band']} of mid", "unit": "$"},
        {"name": "pressure", "title": "Net pressure", "unit": "%"},
    ]

"""Run the measurements, print them, and write docs/benchmarks.md.

python -m tests.bench [--quick] [--only NAME …]
"""

import argparse
import os
import platform
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from tests.bench import feed_throughput, latency, memory, rest, sockets, strategies
from tests.bench.servers import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"

Row = Sequence[object]


def table(head: Row, rows: Iterable[Row]) -> str:
    """A Markdown table."""
    lines = [list(map(str, head)), ["---"] * len(head), *[list(map(str, row)) for row in rows]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def ms(value: float) -> str:
    return f"{value:.1f} ms"


def age_rows(results: dict[str, dict[str, float]]) -> str:
    rows = [
        (name, ms(found["p50"]), ms(found["p99"]), ms(found["max"]), found["count"])
        for name, found in results.items()
    ]
    return table(("", "p50", "p99", "max", "samples"), rows)


def feed(quick: bool) -> str:
    """Feed throughput beside an empty handler."""
    pairs = feed_throughput.against_empty_handler(*((40_000, 1) if quick else (150_000, 5)))
    rows = [
        (
            f"{ours['rate']:,.0f}",
            f"{bare['rate']:,.0f}",
            f"{ours['rate'] / bare['rate']:.0%}",
            f"{ours['cpu_us']:.1f}",
        )
        for ours, bare in pairs
    ]
    shares = [ours["rate"] / bare["rate"] for ours, bare in pairs]
    return f"""Frames a second, 20+20 levels, 100 symbols, from NATS to stored and pushed metrics, beside nats-py with
a handler that only counts. The reader has core 0 to itself; NATS, Valkey and the publisher share core 1. The
two run in turn; the publisher waits for the reader, so nothing is dropped, and every frame was accepted.

{table(("feed, frames/s", "empty handler, frames/s", "share", "feed, processor µs a frame"), rows)}

Median {median(ours["rate"] for ours, _ in pairs):,.0f} frames/s, {median(shares):.0%} of the empty handler."""


def symbols(quick: bool) -> str:
    """Cost of a frame by number of symbols."""
    counts = [1, 100, 1000, 5000]
    costs = feed_throughput.by_symbols(*((40_000, counts, 1) if quick else (100_000, counts, 3)))
    rows = [(f"{count:,}", f"{cost:.1f} µs", f"{cost / costs[1]:.2f} ×") for count, cost in costs.items()]
    return f"""Processor time of the whole feed per frame, at full speed, by number of symbols; publishing is in it.
Medians of runs in turn.

{table(("symbols", "per frame", "against one symbol"), rows)}"""


def held(quick: bool) -> str:
    """Memory."""
    points = 900 if quick else 9000
    found = memory.measure(100, points)
    return f"""A feed that has taken {points:,} updates of each of 100 symbols (clock injected, ten a second), published
and recorded as it does, holds {found["full_mb"]:.1f} MB: {found["full_mb"] - found["idle_mb"]:.1f} MB above the same
process before its first message ({found["idle_mb"]:.1f} MB)."""


def age(quick: bool) -> str:
    """Frame to client."""
    seconds = 5 if quick else 30
    found = {
        "frame in a WebSocket client": latency.frame_to_client(100, 10, seconds),
        "text on the overview page, Chromium": latency.frame_to_page(100, 10, seconds),
    }
    return f"""From publication on NATS to the number in a client, 100 symbols × 10 updates/s, push interval 250 ms, all
processes on this machine. The publisher writes its clock into the price.

{age_rows(found)}"""


def requests(quick: bool) -> str:
    """REST latency."""
    found = rest.measure(100, 4 if quick else 20)
    return f"""REST at 100 requests/s, open loop (a request leaves when it is due, and its time counts from then), one
Daphne, 100 symbols live, the feed at 1,000 frames/s, client and all servers on the same two cores.

{age_rows(found)}"""


def freeze(quick: bool) -> str:
    """The collector's share of the tail."""
    found = rest.tail_with_and_without_freeze(500 if quick else 4000)
    named = {f"FREEZE_GC={'on' if key == 'true' else 'off'}": value for key, value in found.items()}
    return f"""One client, one depth request after another, with the application frozen out of the garbage collector's
sight (the default) and without.

{age_rows(named)}"""


def browsers(quick: bool) -> str:
    """WebSocket fan-out."""
    found = {count: sockets.measure(count, 5 if quick else 15) for count in (500, 1000)}
    rows = [
        (
            f"{n:,}",
            f"{x['frame_bytes'] / 1000:.1f} kB",
            ms(x["p50"]),
            ms(x["p99"]),
            ms(x["max"]),
            f"{x['daphne_cores']:.0%}",
        )
        for n, x in found.items()
    ]
    head = ("clients", "batch", "age p50", "age p99", "age max", "Daphne, of a core")
    return f"""WebSocket clients on one Daphne at 4 batches/s; age is from the hub's `sent_at` to the client, which is
one Python process on the same two cores and takes most of the time itself.

{table(head, rows)}"""


def evaluation(quick: bool) -> str:
    """What the strategies cost."""
    found = strategies.engine_rate(100, 10 if quick else 70)
    return f"""All six strategies in one process on {found["messages"]:,.0f} messages of a market of 100 symbols
(books, trades, tickers and touches, as a simulator with `--scenario signals` sends them), from bytes to signals,
without NATS in between: {found["rate"]:,.0f} messages/s, {found["us"]:.1f} µs a message. {found["signals"]:,.0f}
signals of {found["strategies"]:.0f} strategies came out."""


def applied(quick: bool) -> str:
    """Save to applied."""
    edits = 20 if quick else 200
    found = strategies.save_to_applied(3, edits)
    row = [ms(1000 * found[name]) for name in ("p50", "p95", "p99", "max")]
    return f"""From saving over REST to the use in a strategy process: {edits} edits, half of them of all symbols, three
strategy processes, everything on this machine (SQLite, Valkey, NATS). Time is from the audit row to the receipt.

{table(("p50", "p95", "p99", "max", "receipts"), [[*row, found["count"]]])}"""


SECTIONS: dict[str, tuple[str, Callable[[bool], str]]] = {
    "feed": ("Feed throughput", feed),
    "symbols": ("Number of symbols", symbols),
    "memory": ("Memory", held),
    "age": ("Age of a number", age),
    "rest": ("REST", requests),
    "freeze": ("Garbage collection", freeze),
    "sockets": ("Many browsers", browsers),
    "strategies": ("Strategies", evaluation),
    "applied": ("From saving to use", applied),
}


def machine() -> str:
    model = next(
        (
            line.split(":")[1]
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        "",
    )
    name = model.strip() or platform.machine()
    return f"{os.cpu_count()} cores ({name}), {platform.system()}, Python {platform.python_version()}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="short runs, printed and not written")
    parser.add_argument(
        "--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), help="printed and not written"
    )
    options = parser.parse_args()
    parts = [
        "# Benchmarks\n\nWritten by `make bench`; the code is in `tests/bench`. Absolute times depend on the machine "
        "and what else it does: compare what stands in one table.\n\n"
        f"Measured {datetime.now(UTC):%Y-%m-%d} on {machine()}."
    ]
    for name in options.only:
        title, measure = SECTIONS[name]
        parts.append(f"## {title}\n\n{measure(options.quick)}")
        print(parts[-1] + "\n", flush=True)
    if not options.quick and options.only == list(SECTIONS):
        PAGE.write_text("\n\n".join(parts) + "\n")
        print(f"Written to {PAGE.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()

"""Flood a web process in every way, while honest clients measure what they notice of it: `make abuse`.

    python -m tests.abuse [--seconds N] [FLOOD …]

The exit code is 1 where an aim is missed.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping

from tests.abuse.measuring import SOURCE, Flood, Found, measured
from tests.abuse.report import laid_out, missed
from tests.abuse.stack import target

RAISED = {"SOCKETS_PER_ADDRESS": "10000", "SOCKETS_IN_ALL": "10000", "HANDSHAKES_PER_MINUTE": "1000000"}
"""One address floods for as many as there may be."""
NOBODY = "nobody"
FLOODS = {
    "pings": Flood("pings on 3 sockets", {"pings": 3}),
    "resyncs": Flood("resyncs on 50 sockets", {"resyncs": 50}),
    "reconnections": Flood("reconnections, 20 at a time", {"reconnections": 20}),
    "drips": Flood("1,500 dripping connections", {"drip": 1500}),
    "slow": Flood("300 slow readers, half of them mute", {"mute": 150, "trickle": 150}),
    "idle": Flood("3,000 idle connections", {"idle": 3000}),
    "quiet": Flood("3,000 idle sockets", {"quiet": 3000}),
}
ALONE = "alone"
EVERYTHING = Flood(
    f"all of it from {SOURCE} alone, default caps",
    {"pings": 3, "resyncs": 50, "reconnections": 20, "drip": 500, "mute": 150, "trickle": 150, "quiet": 500},
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.abuse", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="FLOOD", help=f"of {', '.join([*FLOODS, ALONE])}")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each flood")
    options = parser.parse_args()
    names = options.names or [*FLOODS, ALONE]
    if unknown := [name for name in names if name != ALONE and name not in FLOODS]:
        parser.error(f"there is no flood {unknown[0]!r}")
    print("Caps of sockets and handshakes are raised for the floods, but for the last one.", flush=True)
    findings = list(found_of(names, options.seconds))
    print(laid_out(findings))
    faults = [f"{found.flood.name}: {fault}" for found in findings for fault in missed(found)]
    print("\n".join(["", *faults]) if faults else "\nAll aims were met.")
    print(f"Load {os.getloadavg()[1]:.1f} on {os.cpu_count()} processors over the last five minutes.")
    return 1 if faults else 0


def found_of(names: list[str], seconds: float) -> Iterator[Found]:
    """One after the other; first, for comparison, nobody."""
    raised = [Flood(NOBODY, {}), *(FLOODS[name] for name in names if name != ALONE)]
    yield from floods(RAISED, raised, seconds)
    if ALONE in names:
        yield from floods({}, [Flood(f"{NOBODY}, default caps", {}), EVERYTHING], seconds)


def floods(caps: Mapping[str, str], several: list[Flood], seconds: float) -> Iterator[Found]:
    with target(caps) as web:
        at_first = web.memory()
        for flood in several:
            found = measured(web, flood, seconds, at_first)
            print(f"{flood.name}: {', '.join(missed(found)) or 'as it should be'}", flush=True)
            yield found


if __name__ == "__main__":
    sys.exit(main())

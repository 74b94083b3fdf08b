"""Measures each pair of a door and a trouble: the table in docs/strategies.md comes from here.

    python -m tests.halts.doors [--database postgresql|sqlite] [--only TROUBLE]

Seconds from the request until the last strategy process applies it, and until the answer.
"""

import argparse
import signal
import sys

from tests.halts.doors.troubles import TROUBLES
from tests.halts.doors.trying import standing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--database", choices=list(TROUBLES), default="postgresql")
    parser.add_argument("--only", default="", help="part of a trouble's name")
    chosen = parser.parse_args()
    print(
        "| trouble | door | acknowledged after | answered after | answer |\n| --- | --- | --- | --- | --- |"
    )
    with standing(chosen.database) as desks:
        for trouble in TROUBLES[chosen.database]:
            if chosen.only not in trouble.__name__:
                continue
            for door in desks.doors:
                landed = desks.land(door, trouble)
                name = trouble.__name__.replace("_", " ")
                print(
                    f"| {name} | {door} | {landed.acknowledged:.1f} s | {landed.answered:.1f} s | {landed.printed} |",
                    flush=True,
                )


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main()

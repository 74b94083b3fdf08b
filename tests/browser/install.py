"""Find or install the Chromium that the page tests drive: PATH, else apt as root, else Playwright's own."""

import os
import shutil
import subprocess
import sys

from playwright.sync_api import sync_playwright

from tests.browser.chromium import executable

APT = [
    ["apt-get", "update", "-qq"],
    ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
]


def found() -> bool:
    """Is there a browser to drive?"""
    with sync_playwright() as playwright:
        return executable(playwright) is not None


def succeeds(command: list[str]) -> bool:
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, stdout=subprocess.DEVNULL, env=quiet).returncode == 0


def main() -> None:
    """Leave a browser behind, or say that there is none; the page tests then skip by name."""
    if found():
        return
    print("Installing Chromium for the page tests (once)…", flush=True)
    if os.geteuid() == 0 and shutil.which("apt-get") and all(map(succeeds, APT)) and found():
        return
    if succeeds([sys.executable, "-m", "playwright", "install", "chromium"]) and found():
        return
    print(
        "No Chromium could be had: the page tests will be skipped. Install one and run again to include them."
    )


if __name__ == "__main__":
    main()

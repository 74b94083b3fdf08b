"""Find or install the Chromium that the page tests drive: by apt as root, PATH, else Playwright's own."""

import shutil
import sys

from playwright.sync_api import sync_playwright

from tests.browser.chromium import SHELL, executable
from tests.debian import installs, succeeds


def found() -> bool:
    """Is there a browser to drive?"""
    with sync_playwright() as playwright:
        return executable(playwright) is not None


def main() -> None:
    """Leave a browser behind, or say that there is none; the page tests then skip by name."""
    if shutil.which(SHELL):
        return
    print("Looking for the Chromium of the page tests, and installing it (once)…", flush=True)
    if installs(SHELL) or found() or (installs("chromium") and found()):
        return
    if succeeds([sys.executable, "-m", "playwright", "install", "chromium"]) and found():
        return
    print(
        "No Chromium could be had: the page tests will be skipped. Install one and run again to include them."
    )


if __name__ == "__main__":
    main()

"""The Chromium that page tests and benchmarks drive."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Playwright

SHELL = "chromium-headless-shell"
"""The same engine without the windows of a desktop: page tests take little more than half the processor with it."""
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
]


def on_path() -> str | None:
    """A Chromium somebody installed, None where there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def executable(playwright: Playwright) -> str | None:
    """The browser on PATH, else the one Playwright installed, else None."""
    own = playwright.chromium.executable_path
    return on_path() or (own if os.path.exists(own) else None)


@contextmanager
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """A running browser for the time of the block."""
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    browser = playwright.chromium.launch(executable_path=on_path(), args=OPTIONS + as_root)
    try:
        yield browser
    finally:
        browser.close()

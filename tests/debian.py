"""What Debian packages, for those who may install it."""

import os
import shutil
import subprocess


def installs(package: str) -> bool:
    """Install a package; False where we are not root, not on Debian, or it cannot be had."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package]
    return succeeds(["apt-get", "update", "-qq"]) and succeeds(install)


def succeeds(command: list[str]) -> bool:
    """Run it without its output; does it end well?"""
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, stdout=subprocess.DEVNULL, env=quiet).returncode == 0

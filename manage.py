#!/usr/bin/env python
"""Entry point of every Django command."""

import gc
import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "realtime.settings")
    # Loading leaves no garbage, and to look for it took a quarter of every start.
    gc.set_threshold(100_000, 20, 100)
    try:
        from django.core.management import execute_from_command_line
        from environs import EnvError

        from halts import shell
    except ModuleNotFoundError as error:
        sys.exit(f"The package {error.name} is missing here; `make run` installs what is needed.")
    try:
        if sys.argv[1:2] == ["halt"]:
            shell.main(sys.argv[2:])  # before anything else is loaded
        execute_from_command_line(sys.argv)
    except EnvError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()

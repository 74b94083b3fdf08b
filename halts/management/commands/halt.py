"""`manage.py halt`: let no signal leave."""

from halts.management.deciding import DecidingCommand


class Command(DecidingCommand):
    """Works with the database away, too."""

    help = "Halt everything, a strategy, a symbol, or one strategy on one symbol: no signal leaves."
    halted = True
    done = "Halted"

"""`manage.py halt`: let no signal leave."""

from configuration.services import Author
from halts.domain import Scope
from halts.landing import halt_from_shell
from halts.management.deciding import DecidingCommand
from halts.management.process import seconds_since_start
from halts.without_database import Outcome

WHOLE_SECONDS = 2.7
"""From the start of the program to its end, with what Python needs for both."""
LEAST_SECONDS = 0.8


class Command(DecidingCommand):
    """Works with the database away, too."""

    help = "Halt everything, a strategy, a symbol, or one strategy on one symbol: no signal leaves."
    done = "Halted"

    def decide(self, scope: Scope, author: Author) -> Outcome:
        left = max(LEAST_SECONDS, WHOLE_SECONDS - seconds_since_start())
        return halt_from_shell(scope, author=author, seconds=left)

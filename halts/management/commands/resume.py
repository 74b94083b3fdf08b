"""`manage.py resume`: let signals leave again."""

from halts.management.deciding import DecidingCommand


class Command(DecidingCommand):
    """Works with the database away, too."""

    help = "Lift the halt of exactly the scope named; wider and narrower halts stay."
    halted = False
    done = "Resumed"

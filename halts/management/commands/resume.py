"""`manage.py resume`: let signals leave again."""

from configuration.services import Author
from halts.domain import Scope
from halts.landing import resume_from_shell
from halts.management.deciding import DecidingCommand
from halts.without_database import Outcome


class Command(DecidingCommand):
    """Works with the database away, too."""

    help = "Lift the halt of exactly the scope named; wider and narrower halts stay."
    done = "Resumed"

    def decide(self, scope: Scope, author: Author) -> Outcome:
        return resume_from_shell(scope, author=author)

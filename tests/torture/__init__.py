"""Everything is killed and frozen at random while people write and halt; then it is judged what became of it."""

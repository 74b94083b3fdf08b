"""Who guesses passwords must wait, longer each time; who is known at his address is kept out by nobody else."""

"""What a change would have done: the market once more, with what was in force and with what is proposed."""

"""A believable random market: listings, regimes, ladders, instruments, and the frames an exchange sends.

Pure: no framework, no clock, no network. Time and randomness come from the caller: a seed repeats a market.
"""

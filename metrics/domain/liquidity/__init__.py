"""What a book says about trading in it: how much rests near the mid price, and what it costs to take it.

Nothing is computed from levels that nobody has seen: a figure that needs more of a book than is known is None.
"""

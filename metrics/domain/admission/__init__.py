"""What may become a number: one set of rules, applied by the feed and by the strategies alike.

Each rule has a module, and `gate.Admission` holds a message against all of them, in this order:

    form       is it a book at all?                                     contracts
    symbol     does the payload speak of the symbol in the name?        (read with the message: metrics.feed.wire)
    numbers    is it a possible book?                                   metrics.domain.book
    time       was it sent now?                                         times
    coin       does it agree with what is traded under that name?       coin
    depth      is it the deepest book of its market?                    books, market
    id         is it newer than the last one?                           ids, trades

Every market is held against them by itself; which of several the bare name of a symbol means: `following`. A message
that is refused leaves no trace in any of them, and a book that is withdrawn takes its id with it.
Names of refusals: `metrics.domain.reasons`.
"""

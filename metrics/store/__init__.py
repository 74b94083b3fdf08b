"""What feed and web share, in Redis.

    <prefix>:rows               hash: symbol -> MarketRow, msgpack
    <prefix>:books              hash: symbol -> StoredBook, msgpack
    <prefix>:history:<s>:<m>    string: flat pairs of doubles (receipt time, imbalance ratio), one
                                string per symbol and minute since the epoch, appended to
    <prefix>:feeds              hash: feed instance -> FeedReport, msgpack

The feed writes, everybody else reads. Rows and books carry their own receipt time, so a reader
never shows anything that has expired, whoever died. What cannot be read is left out (`values`).
"""

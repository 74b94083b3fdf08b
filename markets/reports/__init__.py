"""What stream_market says of itself: in Redis, as figures for Prometheus, over REST and in words.

<prefix>:markets            hash: instance -> MarketsReport, msgpack
"""

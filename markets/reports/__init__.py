"""What stream_market reports of itself: in Redis, as figures for Prometheus, over REST and in words.

<prefix>:markets            hash: instance -> MarketsReport, msgpack
"""

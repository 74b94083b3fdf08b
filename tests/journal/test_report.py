"""What the page of the system says of the journal."""

from asgiref.sync import async_to_sync
from django.conf import settings
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from journal.jetstream import NoJournal
from journal.report import JournalReport, in_words, key_of, read, report_of, write
from journal.stream import JournalLimits, Reach

NOON = 1_764_331_200.0
LIMITS = JournalLimits(("market.>",), 3600.0, 2**31, 1)


def words(held: Reach | NoJournal, now: float = NOON) -> tuple[bool | None, str]:
    return in_words(report_of(held, NOON), now)


def test_how_far_it_reaches_and_how_much_it_holds():
    assert words(Reach(NOON - 1800, NOON - 1, 812_345, 600 * 2**20, LIMITS)) == (
        True,
        "It holds 11:30:00 UTC to 11:59:59 UTC, 29 min: 812,345 messages, 600.0 MiB of 2.0 GiB.",
    )


def test_where_bytes_do_not_suffice_for_the_hours_it_says_so():
    held = Reach(NOON - 1500, NOON, 1_600_000, 2**31 - 1000, LIMITS)
    assert words(held)[1].endswith("2.0 GiB of 2.0 GiB. JOURNAL_BYTES is too little for 60 min.")
    assert words(held._replace(first=NOON - 3600))[1].endswith("2.0 GiB of 2.0 GiB.")


def test_an_empty_one_is_kept():
    assert words(Reach(None, None, 0, 0, LIMITS)) == (True, "It is kept, and holds no message yet.")


def test_where_there_is_none_a_sentence_says_why():
    trouble = NoJournal("NATS runs without JetStream.")
    assert words(trouble) == (False, "NATS runs without JetStream.")
    assert in_words(None, NOON) == (None, "Nobody keeps a journal of the market here.")
    silent = "Nobody has looked after the journal since 12:00:00 UTC."
    assert words(trouble, NOON + 60) == (None, silent)


def test_one_that_stands_still_while_feeds_hear_the_market_is_no_journal_any_more():
    report = report_of(Reach(NOON - 600, NOON - 60, 1_000, 10**6, LIMITS), NOON)
    line = in_words(report, NOON + 10, heard_at=NOON + 9)
    assert line.is_kept is False
    assert line.text.startswith(
        "It stands still since 11:59:00 UTC: feeds hear the market, and NATS keeps none"
    )
    assert in_words(report, NOON + 10, heard_at=NOON - 50).is_kept, "the market is silent"
    assert in_words(report, NOON + 10, heard_at=None).is_kept, "no feed is heard"


def test_a_report_passes_through_the_store_and_what_is_none_is_left_out(store: Redis):
    report = JournalReport(NOON, first=NOON - 10, last=NOON, messages=3, bytes=2**40)

    async def put() -> None:
        client = AsyncRedis.from_url(settings.REDIS_URL)
        await write(client, "tests", report)
        await client.aclose()

    store.set(key_of("tests"), "no hash")
    async_to_sync(put)()
    assert read(store, "tests", NOON) == report
    store.hset(key_of("tests"), "report", b"\xc1")
    assert read(store, "tests", NOON) is None

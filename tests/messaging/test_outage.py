"""Told once when a thing goes, and once when it is back."""

import logging

import pytest

from messaging.outage import OutageLog


def test_one_line_an_outage_however_often_it_is_tried(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, "told")
    outage = OutageLog(logging.getLogger("told"), "gone %s", "back")
    outage.is_over()
    assert not outage.is_told
    for number in range(3):
        outage.is_away(number)
        assert outage.is_told
    outage.is_over()
    outage.is_over()
    assert not outage.is_told
    outage.is_away("again")
    assert [record.getMessage() for record in caplog.records] == ["gone 0", "back", "gone again"]

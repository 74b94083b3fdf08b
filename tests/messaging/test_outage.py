"""Logged once when a thing goes, and once when it is back."""

import logging

import pytest

from messaging.outage import OutageLog


def test_one_line_an_outage_however_often_it_is_tried(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, "logged")
    outage = OutageLog(logging.getLogger("logged"), "gone %s", "back")
    outage.is_over()
    assert not outage.is_logged
    for number in range(3):
        outage.is_away(number)
        assert outage.is_logged
    outage.is_over()
    outage.is_over()
    assert not outage.is_logged
    outage.is_away("again")
    assert [record.getMessage() for record in caplog.records] == ["gone 0", "back", "gone again"]

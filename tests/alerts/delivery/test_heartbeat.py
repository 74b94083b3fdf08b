"""The dead man's switch is heard while all is well, and not otherwise."""

from typing import Any

from asgiref.sync import async_to_sync

from alerts.delivery.heartbeat import Heartbeat
from tests.alerts.delivery.receivers import Hook, listening


def test_it_calls_while_all_is_well(caplog: Any):
    is_well = True
    with listening(Hook()) as hook:
        heartbeat = Heartbeat(hook.url, lambda: is_well)
        async_to_sync(heartbeat.beat)()
        assert len(hook.heard) == 1
        is_well = False
        async_to_sync(heartbeat.beat)()
        assert len(hook.heard) == 1
        is_well, hook.status = True, 503
        for _ in range(2):
            async_to_sync(heartbeat.beat)()
    assert caplog.text.count("heartbeat_unheard 503") == 1
    assert "T0PSECRET" not in caplog.text


def test_without_a_url_nobody_is_called():
    async_to_sync(Heartbeat("", lambda: True).beat)()

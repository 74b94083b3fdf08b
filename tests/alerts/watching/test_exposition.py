"""The figures of a process that watches."""

from prometheus_client import CollectorRegistry, generate_latest

from alerts.delivery.sender import SendReport
from alerts.watching.exposition import GAUGES, WatchCollector
from alerts.watching.report import WatchReport

REPORT = WatchReport(
    instance="host:1",
    is_watching=True,
    database_answers=True,
    store_answers=False,
    rules=3,
    firing=2,
    pending=5,
    unwritten=1,
    tick_ms=4.5,
    restarts=1,
    changes={"fired": 7},
    errors={"OperationalError": 2},
)
SENT = SendReport(delivered={"webhook": 3}, failed={"email": 1}, given_up={}, waiting={"email": 2})


def test_the_report_becomes_figures():
    registry = CollectorRegistry()
    registry.register(WatchCollector(lambda: REPORT, lambda: SENT))
    text = generate_latest(registry).decode()
    for name in GAUGES:
        assert f'alerts_{name}{{process="host:1"}} {float(getattr(REPORT, name))}' in text
    assert 'alerts_restarts_total{process="host:1"} 1.0' in text
    assert 'alerts_changes_total{change="fired",process="host:1"} 7.0' in text
    assert 'alerts_messages_delivered_total{kind="webhook",process="host:1"} 3.0' in text
    assert 'alerts_messages_failed_total{kind="email",process="host:1"} 1.0' in text
    assert 'alerts_messages_waiting{kind="email",process="host:1"} 2.0' in text
    assert 'alerts_errors_total{error="OperationalError",process="host:1"} 2.0' in text

"""Rules and channels as a document: what is in it, and what becomes of it."""

import io
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command

from alerts import documents
from alerts.models import AlertRule, Channel
from alerts.services import delete_channel, delete_rule, save_rule
from tests.alerts.factories import HOOK, SECRET, SETUP, rule, saved, saved_channel

pytestmark = [pytest.mark.database, pytest.mark.django_db]
MAILS = {"name": "Mails", "kind": "email", "address": "desk@example.com", "secret": ""}
PARTS = {"name": "Parts", "watch": "silent_seconds", "symbols": [], "entities": ["feed *", "store"]}


def run(*words: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


@pytest.fixture
def document(tmp_path: Path) -> Path:
    return tmp_path / "alerts.yaml"


@pytest.fixture
def _kept() -> None:
    mails = saved_channel(**MAILS)
    saved(channels=[mails.pk], quiet_hours=["22:00-06:00"])
    saved(**PARTS)


@pytest.mark.usefixtures("_kept")
def test_an_export_says_what_differs_from_the_defaults_in_the_order_of_names():
    assert yaml.safe_load(run("export_alerts")) == {
        "format": 1,
        "channels": {
            "Mails": {
                "kind": "email",
                "address": "desk@example.com",
                "least_severity": "info",
                "is_enabled": True,
            }
        },
        "rules": {
            "Parts": {
                "watch": "silent_seconds",
                "entities": ["feed *", "store"],
                "threshold": 10.0,
                "clear_at": 8.0,
                "for_seconds": 30.0,
                "advice": "Look at the book.",
            },
            "Wide spread": {
                "watch": "spread_bps_10s",
                "symbols": ["BTC*", "ETHUSDT"],
                "threshold": 10.0,
                "clear_at": 8.0,
                "for_seconds": 30.0,
                "advice": "Look at the book.",
                "quiet_hours": ["22:00-06:00"],
                "channels": ["Mails"],
            },
        },
    }


@pytest.mark.usefixtures("_kept")
def test_export_and_import_bring_everything_back(document: Path):
    run("export_alerts", output=document)
    before = document.read_text()
    for row in AlertRule.objects.all():
        delete_rule(row.pk, author=SETUP)
    for channel in Channel.objects.all():
        delete_channel(channel.pk, author=SETUP)
    printed = run("import_alerts", str(document), reason="restore")
    assert printed.endswith("3 of 3 rules and channels changed.\n")
    assert run("export_alerts") == before
    [change] = AlertRule.history.filter(name="Parts", version=1, source="import")
    assert change.history_change_reason == "restore"
    assert run("import_alerts", str(document)).endswith("0 of 3 rules and channels changed.\n")


@pytest.mark.usefixtures("_kept")
def test_a_dry_run_writes_nothing(document: Path):
    run("export_alerts", output=document)
    save_rule(rule(**PARTS, id=AlertRule.objects.get(name="Parts").pk, threshold=90.0), author=SETUP)
    printed = run("import_alerts", str(document), dry_run=True)
    assert "updated rule Parts\n" in printed
    assert printed.endswith("1 of 3 rules and channels would change.\n")
    assert AlertRule.objects.get(name="Parts").threshold == 90.0


def test_what_is_secret_is_in_no_document_and_stays_where_it_is(document: Path):
    saved_channel()
    run("export_alerts", output=document)
    text = document.read_text()
    assert HOOK not in text
    assert "hidden-token" not in text
    assert SECRET not in text
    assert run("import_alerts", str(document)).endswith("0 of 1 rules and channels changed.\n")
    delete_channel(Channel.objects.get().pk, author=SETUP)
    with pytest.raises(CommandError, match=r"(?s)Nothing was changed\..*channel Desk.*must not be empty"):
        run("import_alerts", str(document))


def test_a_secret_of_the_environment_is_named(document: Path):
    named = {"address": "env:ALERTS_CHANNEL_DESK", "secret": "env:ALERTS_CHANNEL_SECRET"}
    saved_channel(**named)
    run("export_alerts", output=document)
    delete_channel(Channel.objects.get().pk, author=SETUP)
    assert run("import_alerts", str(document)).startswith("created channel Desk\n")


def test_all_or_none_is_taken_over_and_every_fault_is_named(document: Path):
    document.write_text(
        "format: 1\nrules:\n"
        "  Good: {watch: age_seconds, threshold: 10}\n"
        "  Bad: {watch: nothing, threshold: 10}\n"
        "  Untold: {watch: age_seconds, threshold: 10, channels: [Nobody]}\n"
    )
    with pytest.raises(CommandError) as refusal:
        run("import_alerts", str(document))
    assert "rule Bad" in str(refusal.value)
    assert "there is no Nobody" in str(refusal.value)
    assert not AlertRule.objects.exists()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("format: 2\n", "format must be 1"),
        ("format: 1\nrules:\n  A: {watch: age_seconds, threshold: high}\n", "A: Expected `float`"),
        ("format: 1\nrules:\n  A: {threshold: 1}\n", "A: Object missing required field `watch`"),
        ("format: 1\nrules:\n  A: {id: 7, watch: age_seconds, threshold: 1}\n", "rules.A has no id"),
        ("format: 1\nchannels:\n  A: {kind: pigeon}\n", "A: Invalid enum value 'pigeon'"),
        ("format: 1\nrules: [1]\n", "rules must be a mapping"),
    ],
)
def test_what_is_no_document_says_why(document: Path, text: str, fault: str):
    document.write_text(text)
    with pytest.raises(CommandError, match=fault):
        run("import_alerts", str(document))


def test_the_document_of_the_documentation_is_one():
    example = (documents.__doc__ or "").split("\n\n")[1]
    read = documents.read_document(example)
    assert [channel.name for channel in read.channels] == ["Desk"]
    assert [(each.name, told) for each, told in read.rules] == [("Wide spread", ("Desk",))]

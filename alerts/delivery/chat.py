"""Chat and paging services by the URLs of Apprise. The library is loaded by who needs it, and by nobody at its start.

Only services are taken whose servers are their own: one that is named in the URL could be anywhere in this network. And
only options that say what a message is like: others read files, or turn off what makes a connection safe.
"""

import logging
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

SERVICES = {
    "discord": "Discord",
    "gchat": "Google Chat",
    "opsgenie": "Opsgenie",
    "pagerduty": "PagerDuty",
    "pover": "Pushover",
    "signl4": "SIGNL4",
    "slack": "Slack",
    "splunk": "Splunk On-Call",
    "tgram": "Telegram",
    "twilio": "Twilio",
    "webex": "Webex",
    "zulip": "Zulip",
}
OPTIONS = frozenset({"from", "mode", "priority", "region", "silent", "thread", "to", "topic"})
NOT_TAKEN = "The service did not take it."
UNSEEN = "\N{ZERO WIDTH SPACE}"

NO_SERVICE = f"must begin with one of {', '.join(f'{each}://' for each in SERVICES)}"
NO_OPTION = f"must have no options but {', '.join(sorted(OPTIONS))}"
NOT_UNDERSTOOD = "must be as Apprise has it for this service"


def scheme_of(text: str) -> str:
    """Which service it is."""
    return re.split(r"://", text, maxsplit=1)[0].lower() if "://" in text else ""


def fault(text: str) -> str | None:
    """What is wrong with a URL, as it follows "address"."""
    if scheme_of(text) not in SERVICES:
        return NO_SERVICE
    try:
        query = parse_qsl(urlsplit(text).query, keep_blank_values=True)
    except ValueError:
        return NOT_UNDERSTOOD
    if any(name.lower() not in OPTIONS for name, _ in query):
        return NO_OPTION
    return None if _service(text) else NOT_UNDERSTOOD


def notify(url: str, title: str, body: str, severity: str) -> bool:
    """Was it taken? Blocks for as long as the service takes to answer. What is told is text: no name in it becomes a
    link, a mention or markup of the service."""
    from apprise import Apprise, NotifyFormat

    service = _service(url)
    if service is None:
        return False
    kind = {"critical": "failure", "warning": "warning"}.get(severity, "info")
    services = Apprise(service, asset=service.asset)  # not each of them minds by itself what is text
    told = {"body": _calls_nobody(body), "title": _calls_nobody(title)}
    return bool(services.notify(**told, notify_type=kind, body_format=NotifyFormat.TEXT))


def _calls_nobody(text: str) -> str:
    """Nothing in a text is read as `@everyone` where a service rings for that."""
    return text.replace("@", f"@{UNSEEN}")


def _service(url: str) -> Any:
    from apprise import Apprise, AppriseAsset, PersistentStoreMode

    logging.getLogger("apprise").disabled = True  # it would write down whole URLs
    asset = AppriseAsset(
        app_id="Realtime Strategies", storage_mode=PersistentStoreMode.MEMORY, allow_templates=False
    )
    return Apprise.instantiate(url, asset=asset)

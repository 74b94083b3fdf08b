"""One attempt to tell a channel something, whatever its kind."""

import asyncio
import smtplib
from collections.abc import Awaitable, Callable

from alerts.delivery import chat, mail, webhooks
from alerts.delivery.letters import Letter
from alerts.delivery.outcomes import Outcome, scrubbed
from alerts.delivery.targets import Target

LONGEST_SECONDS = 30.0
"""However slowly a mail server or a service answers."""
TAKEN = "It was taken."


async def send(target: Target, letter: Letter, at: float) -> Outcome:
    """What became of it, without secrets; nothing is raised."""
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            outcome = await WAYS[target.kind](target, letter, at)
    except TimeoutError:
        outcome = Outcome(False, f"There was no answer within {LONGEST_SECONDS:g} seconds.")
    except Exception as error:  # noqa: BLE001 — services are many, and none may end what tells the others
        outcome = Outcome(False, f"It could not be sent: {type(error).__name__}.")
    hidden = (target.secret,) if target.kind == "email" else (target.secret, target.address)
    return outcome._replace(answer=scrubbed(outcome.answer, *hidden))


async def _webhook(target: Target, letter: Letter, at: float) -> Outcome:
    return await webhooks.post(target.address, target.secret, letter.key, letter.body, at)


async def _mail(target: Target, letter: Letter, at: float) -> Outcome:
    if not mail.is_set_up():
        return Outcome(False, mail.NOT_SET_UP)
    if mail.fault(target.address):
        return Outcome(False, f"The address {mail.NO_ADDRESSES}.")
    to = mail.recipients(target.address)
    try:
        await asyncio.to_thread(mail.send, letter.key, to, letter.subject, letter.lines)
    except (smtplib.SMTPException, OSError) as error:
        return Outcome(False, f"The mail server did not take it: {type(error).__name__}: {error}")
    return Outcome(True, TAKEN)


async def _chat(target: Target, letter: Letter, at: float) -> Outcome:
    if fault := await asyncio.to_thread(chat.fault, target.address):
        return Outcome(False, f"The address {fault}.")
    is_taken = await asyncio.to_thread(
        chat.notify, target.address, letter.subject, letter.lines, letter.severity
    )
    return Outcome(is_taken, TAKEN if is_taken else chat.NOT_TAKEN)


WAYS: dict[str, Callable[[Target, Letter, float], Awaitable[Outcome]]] = {
    "webhook": _webhook,
    "email": _mail,
    "apprise": _chat,
}

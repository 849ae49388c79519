"""One letter, one snapshot, one decision. Pure: no clock, no database, no mail."""

from dataclasses import replace

from helpdesk.client_letters import decide_client_letter
from helpdesk.effects import Decision, OnTicket
from helpdesk.machine_letters import decide_auto_reply, decide_loop, decide_report
from helpdesk.messages import InboundMessage, Verdict
from helpdesk.policy import Policy
from helpdesk.snapshot import Snapshot
from helpdesk.staff_letters import decide_staff_letter, held_notice


def decide(message: InboundMessage, snapshot: Snapshot, policy: Policy) -> Decision:
    """What the letter leads to."""
    if snapshot.past is not None:
        return _again(snapshot)
    decision = _first(message, snapshot, policy)
    if decision.held and decision.reason != "unproven-staff":
        told = held_notice(message, snapshot, policy, reason=decision.reason)
        decision = replace(decision, notices=(*decision.notices, *told))
    return decision


def _again(snapshot: Snapshot) -> Decision:
    """A second copy changes nothing."""
    past = snapshot.past
    if past is None or past.ticket is None:
        return Decision("duplicate")
    return Decision("duplicate", OnTicket(past.ticket))


def _is_our_own(message: InboundMessage, policy: Policy) -> bool:
    """Whether the letter says that we wrote it: ours that came back, or somebody's who wants us to answer ourselves."""
    sender = message.letter.sender
    return sender is not None and sender.email in (policy.support_address.lower(), policy.billing_address.lower())


def _first(message: InboundMessage, snapshot: Snapshot, policy: Policy) -> Decision:
    if _is_our_own(message, policy) and message.letter.verdict is not Verdict.REPORT:
        return decide_loop(message)
    match message.letter.verdict:
        case Verdict.LOOP:
            return decide_loop(message)
        case Verdict.REPORT:
            return decide_report(message, snapshot, policy)
        case Verdict.AUTO_REPLY:
            return decide_auto_reply(message, snapshot, policy)
        case Verdict.PERSON | Verdict.LIST:
            return _person(message, snapshot, policy)


def _person(message: InboundMessage, snapshot: Snapshot, policy: Policy) -> Decision:
    if message.letter.sender is None or not message.letter.sender.email:
        return Decision("no-sender", held=True)
    if snapshot.sender.staff is not None:
        return decide_staff_letter(message, snapshot, policy)
    return decide_client_letter(message, snapshot, policy)

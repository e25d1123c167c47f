"""Agents that open a MACP session and play it among themselves, with the public Python SDK.

    pip install -r requirements.txt
    python agents.py --runtime 127.0.0.1:50051 --mode decision

Each agent is a thread with a connection and an identity of its own; it knows what it reads off the session's stream and
nothing else. No control plane takes part: one that observes the runtime finds the session by itself, or is told to expect
it by POST /runs with session.orchestration "observe" and this session id.

With --role only one of the agents is played, so that each can be a process of its own. With --listen HOST:PORT the initiator
takes requests to cancel, as session.metadata.cancelCallback {"url": "http://HOST:PORT/agent/cancel"} announces them.

Prints one JSON line per accepted message, in the order of acceptance, as the initiator saw them.
"""

from __future__ import annotations

import argparse
import json
import queue
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from macp_sdk import (
    AuthConfig,
    BaseSession,
    DecisionSession,
    HandoffSession,
    MacpClient,
    ProposalSession,
    QuorumSession,
    TaskSession,
    new_session_id,
)
from macp_sdk.agent.cancel_callback import start_cancel_callback_server
from macp_sdk.agent.transports import GrpcTransportAdapter
from macp_sdk.retry import RetryPolicy

SESSION_TTL_MS = 60_000
#: One call, and the whole play. Seconds.
CALL_SECONDS_MAX = 10.0
PLAY_SECONDS_MAX = 60.0
#: Between two looks for a session that is not open yet. Seconds.
LOOK_SECONDS_MAX = 0.5
#: How long threads may take to end once their work is over. Seconds.
END_SECONDS_MAX = 15.0
CANCEL_PATH = "/agent/cancel"


@dataclass
class Heard:
    """What an agent has read so far: message type → (sender, payload), in the order of acceptance."""

    messages: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def of(self, message_type: str) -> list[tuple[str, dict[str, Any]]]:
        return [(sender, payload) for kind, sender, payload in self.messages if kind == message_type]

    def senders(self, message_type: str) -> set[str]:
        return {sender for sender, _ in self.of(message_type)}


#: Called after every message that was read; returns all there is to say up to now, in order. The steps that were taken
#: after earlier messages come first again, and are not repeated.
React = Callable[[Any, Heard], list[Callable[[], object]]]


@dataclass(frozen=True)
class Role:
    name: str
    react: React


@dataclass(frozen=True)
class Play:
    """A mode's cast; the first role opens the session."""

    session_type: type[BaseSession]
    intent: str
    roles: tuple[Role, ...]


def decision() -> Play:
    def lead(session: DecisionSession, heard: Heard) -> list[Callable[[], object]]:
        steps = [lambda: session.propose("p1", "deploy v2.1", rationale="the canary is green")]
        if heard.senders("Vote") >= {"agent://alice", "agent://bob"}:
            steps.append(
                lambda: session.commit(
                    action="decision.selected", authority_scope="deployment", reason="p1: two for, none against"
                )
            )
        return steps

    def reviewer(name: str) -> React:
        def react(session: DecisionSession, heard: Heard) -> list[Callable[[], object]]:
            if not heard.of("Proposal"):
                return []
            steps = [lambda: session.evaluate("p1", "APPROVE", confidence=0.9, reason="low risk")]
            # The first vote closes evaluations, so everybody waits until all have evaluated.
            if heard.senders("Evaluation") >= {"agent://alice", "agent://bob"}:
                steps.append(lambda: session.vote("p1", "APPROVE", reason=f"{name} agrees"))
            return steps

        return react

    roles = (Role("agent://lead", lead), Role("agent://alice", reviewer("alice")), Role("agent://bob", reviewer("bob")))
    return Play(DecisionSession, "Shall v2.1 go to production?", roles)


def proposal() -> Play:
    def buyer(session: ProposalSession, heard: Heard) -> list[Callable[[], object]]:
        steps = [lambda: session.propose("offer-1", "12 months at 80 per seat", summary="as last year")]
        if heard.of("CounterProposal"):
            steps.append(lambda: session.accept("offer-2", reason="fair"))
        if heard.senders("Accept") >= {"agent://buyer", "agent://seller"}:
            steps.append(
                lambda: session.commit(
                    action="proposal.accepted", authority_scope="purchasing", reason="both accept offer-2"
                )
            )
        return steps

    def seller(session: ProposalSession, heard: Heard) -> list[Callable[[], object]]:
        if not heard.of("Proposal"):
            return []
        return [
            lambda: session.counter_propose("offer-2", "offer-1", "12 months at 90 per seat", summary="with support"),
            lambda: session.accept("offer-2", reason="our own offer"),
        ]

    return Play(ProposalSession, "Agree on terms", (Role("agent://buyer", buyer), Role("agent://seller", seller)))


def task() -> Play:
    def planner(session: TaskSession, heard: Heard) -> list[Callable[[], object]]:
        steps = [
            lambda: session.request_task(
                "notes", "Write the release notes", instructions="One line each.", requested_assignee="agent://writer"
            )
        ]
        if heard.of("TaskComplete"):
            steps.append(
                lambda: session.commit(action="task.completed", authority_scope="release", reason="the notes are there")
            )
        return steps

    def writer(session: TaskSession, heard: Heard) -> list[Callable[[], object]]:
        if not heard.of("TaskRequest"):
            return []
        return [
            lambda: session.accept_task("notes", assignee="agent://writer", reason="on it"),
            lambda: session.update_task("notes", status="writing", progress=0.5, message="half of it"),
            lambda: session.complete_task("notes", assignee="agent://writer", output=b"- faster", summary="one change"),
        ]

    return Play(TaskSession, "Have the notes written", (Role("agent://planner", planner), Role("agent://writer", writer)))


def handoff() -> Play:
    def frontdesk(session: HandoffSession, heard: Heard) -> list[Callable[[], object]]:
        steps = [
            lambda: session.offer("case-1", "agent://billing", scope="invoice dispute", reason="not ours to decide"),
            lambda: session.add_context("case-1", content_type="application/json", context=b'{"invoice": "4711"}'),
        ]
        if heard.of("HandoffAccept"):
            steps.append(
                lambda: session.commit(
                    action="handoff.accepted", authority_scope="invoice dispute", reason="billing took over"
                )
            )
        return steps

    def billing(session: HandoffSession, heard: Heard) -> list[Callable[[], object]]:
        if not heard.of("HandoffContext"):
            return []
        return [lambda: session.accept_handoff("case-1", accepted_by="agent://billing", reason="the invoice is ours")]

    return Play(HandoffSession, "Hand a case over", (Role("agent://frontdesk", frontdesk), Role("agent://billing", billing)))


def quorum() -> Play:
    def requester(session: QuorumSession, heard: Heard) -> list[Callable[[], object]]:
        steps = [lambda: session.request_approval("m42", "run migration 42", summary="adds columns", required_approvals=2)]
        if len(heard.senders("Approve")) >= 2 and heard.of("Abstain"):
            steps.append(
                lambda: session.commit(action="quorum.approved", authority_scope="migration", reason="two of three approve")
            )
        return steps

    def approver(session: QuorumSession, heard: Heard) -> list[Callable[[], object]]:
        return [lambda: session.approve("m42", reason="reviewed")] if heard.of("ApprovalRequest") else []

    def onlooker(session: QuorumSession, heard: Heard) -> list[Callable[[], object]]:
        return [lambda: session.abstain("m42", reason="not my area")] if heard.of("ApprovalRequest") else []

    roles = (
        Role("agent://requester", requester),
        Role("agent://dba", approver),
        Role("agent://sre", approver),
        Role("agent://legal", onlooker),
    )
    return Play(QuorumSession, "Approve a migration", roles)


PLAYS: dict[str, Callable[[], Play]] = {
    "decision": decision,
    "proposal": proposal,
    "task": task,
    "handoff": handoff,
    "quorum": quorum,
}


class Agent(threading.Thread):
    """One agent at work, until its session ends. `failure` holds what went wrong, `transcript` what it read."""

    def __init__(
        self,
        role: Role,
        play: Play,
        session_id: str,
        runtime: str,
        token: str,
        ended: queue.SimpleQueue[Agent],
        listen: tuple[str, int] | None = None,
    ) -> None:
        super().__init__(name=role.name, daemon=True)
        self.role, self.play, self.session_id = role, play, session_id
        self.ended, self.listen = ended, listen
        self.failure: BaseException | None = None
        self.transcript: list[dict[str, object]] = []
        auth = AuthConfig.for_bearer(token, expected_sender=role.name)
        self.client = MacpClient(target=runtime, allow_insecure=True, auth=auth, default_timeout=CALL_SECONDS_MAX)
        self.stream = GrpcTransportAdapter(
            self.client,
            session_id,
            # Otherwise the stream has the time of a call, and breaks off while the others still think.
            timeout=PLAY_SECONDS_MAX,
            # Otherwise the SDK gives a session 0.7 s to be opened, and whoever opens it may be slower than that.
            subscribe_retry=RetryPolicy(
                max_retries=int(PLAY_SECONDS_MAX / LOOK_SECONDS_MAX), backoff_base=0.1, backoff_max=LOOK_SECONDS_MAX
            ),
        )

    def run(self) -> None:
        try:
            with self.client:
                if self.listen is None:
                    self.take_part()
                else:
                    self.take_part_cancellably(*self.listen)
        except BaseException as error:
            self.failure = error
        finally:
            self.ended.put(self)

    def take_part_cancellably(self, host: str, port: int) -> None:
        def cancel(_run_id: str, reason: str) -> None:
            # The runtime ends the session; taking the request alone would leave it open.
            self.client.cancel_session(self.session_id, reason=reason)
            self.stream.cancel()

        server = start_cancel_callback_server(host=host, port=port, path=CANCEL_PATH, on_cancel=cancel)
        try:
            self.take_part()
        finally:
            server.close()

    def take_part(self) -> None:
        session = self.play.session_type(self.client, session_id=self.session_id)
        if self.role is self.play.roles[0]:
            session.start(
                intent=self.play.intent,
                participants=[role.name for role in self.play.roles],
                ttl_ms=SESSION_TTL_MS,
            )
        # Ambient: no part of the session's history, but whoever observes it learns who this is.
        card = json.dumps({"role": self.role.name, "framework": "macp-sdk-python"}).encode()
        self.client.send_signal(signal_type="session.started", data=card, correlation_session_id=self.session_id)

        heard, said = Heard(), 0
        # Replays the session from its first message, and waits for one that is not open yet.
        for message in self.stream.start():
            heard.messages.append((message.message_type, message.sender, message.payload))
            self.transcript.append(
                {
                    "messageId": message.raw.message_id,
                    "messageType": message.message_type,
                    "sender": message.sender,
                }
            )
            if message.message_type == "Commitment":
                break
            steps = self.role.react(session, heard)
            for step in steps[said:]:
                step()
            said = max(said, len(steps))
        self.stream.stop()

    def has_read(self) -> str:
        return f"{self.name} has read {', '.join(str(line['messageType']) for line in self.transcript) or 'nothing'}"


def run_play(arguments: argparse.Namespace, session_id: str, tokens: dict[str, str]) -> list[dict[str, object]]:
    """Plays one session to its end. Returns what the first of the agents read; raises as soon as one of them fails."""
    mode, runtime = arguments.mode, arguments.runtime
    play = PLAYS[mode]()
    initiator = play.roles[0]
    ended: queue.SimpleQueue[Agent] = queue.SimpleQueue()
    agents = [
        Agent(
            role,
            play,
            session_id,
            runtime,
            tokens.get(role.name, role.name),
            ended,
            listen=arguments.listen if role is initiator else None,
        )
        for role in play.roles
        if arguments.role in (None, role.name)
    ]
    if not agents:
        raise SystemExit(f"{arguments.role} has no role in {mode} mode")
    for agent in agents:
        agent.start()
    try:
        wait_for(agents, ended, f"{mode} mode in session {session_id}")
    finally:
        # After a failure the others would wait for it in vain. Does nothing to an agent that is done.
        for agent in agents:
            agent.stream.cancel()
        end_threads()
    return agents[0].transcript


def wait_for(agents: list[Agent], ended: queue.SimpleQueue[Agent], what: str) -> None:
    """Returns when all are done. Raises as soon as one fails, or when the time is up, and says what each has read."""
    until = time.monotonic() + PLAY_SECONDS_MAX
    for _ in agents:
        try:
            agent = ended.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            at_work = ", ".join(agent.name for agent in agents if agent.is_alive())
            read = "; ".join(agent.has_read() for agent in agents)
            raise TimeoutError(f"{at_work} did not see the end of {what}. {read}.") from None
        if agent.failure is not None:
            read = "; ".join(agent.has_read() for agent in agents)
            raise RuntimeError(f"{agent.name} failed in {what}. {read}.") from agent.failure


def end_threads() -> None:
    """Waits until no other thread is left, so that the process can end.

    The SDK and gRPC work in daemon threads, which are busy for a moment after their channel is closed. The interpreter
    ends a daemon thread wherever it stands, even while it holds a lock. Collecting the call which that lock belongs to
    then waits for it for ever: everything was said, and the process does not end.
    """
    until = time.monotonic() + END_SECONDS_MAX
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(max(0.0, until - time.monotonic()))


def host_and_port(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


def main() -> int:
    parser = argparse.ArgumentParser(description="Agents that open and play a MACP session.")
    parser.add_argument("--runtime", default="127.0.0.1:50051", help="host:port of the runtime (plaintext)")
    parser.add_argument("--mode", choices=sorted(PLAYS), default="decision")
    parser.add_argument("--session", help="session id; default: a new one")
    parser.add_argument("--role", help="play only this one, for example agent://lead; default: all of them")
    parser.add_argument("--listen", type=host_and_port, help="HOST:PORT where the initiator takes requests to cancel")
    parser.add_argument("--tokens", help="JSON file {participant: token}; default: the name is the token (dev mode)")
    arguments = parser.parse_args()
    tokens: dict[str, str] = {}
    if arguments.tokens:
        with open(arguments.tokens, encoding="utf-8") as file:
            tokens = json.load(file)
    session_id = arguments.session or new_session_id()
    for line in run_play(arguments, session_id, tokens):
        print(json.dumps({"sessionId": session_id, **line}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

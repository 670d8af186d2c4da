"""R06: whatever is said in whatever order, a process moves as the figures of the protocol allow, and never otherwise."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from exchange.correspondence import path_of
from exchange.dsp.states import Negotiation, Party, State, Transfer, may_follow
from exchange.errors import StepRefused
from exchange.negotiation import Act as Negotiate
from exchange.processes import Kind, Process
from exchange.transfers import Act as Move
from exchange.turns import Saying, Turn
from tests.campaign.harness import FULL
from tests.conformance.dsp_bench import PEER, US, Bench, bench, both, pids
from tests.conformance.dsp_peer import Json, message

STEPS = 100_000 if FULL else 2_000
A_FEW = 40  # examples of up to 100 steps; how many they come to is hypothesis's to choose
BOTH = "CP"
# The figures of DSP 2025-1, C and P for who sends; the prose adds that either side may end what has not ended.
FIGURES: dict[Kind, dict[str, dict[str, str]]] = {
    Kind.NEGOTIATION: {
        "INITIAL": {"REQUESTED": "C", "OFFERED": "P"},
        "REQUESTED": {"OFFERED": "P", "AGREED": "P", "TERMINATED": BOTH},
        "OFFERED": {"REQUESTED": "C", "ACCEPTED": "C", "TERMINATED": BOTH},
        "ACCEPTED": {"AGREED": "P", "TERMINATED": BOTH},
        "AGREED": {"VERIFIED": "C", "TERMINATED": BOTH},
        "VERIFIED": {"FINALIZED": "P", "TERMINATED": BOTH},
        "FINALIZED": {},
        "TERMINATED": {},
    },
    Kind.TRANSFER: {
        "INITIAL": {"REQUESTED": "C"},
        "REQUESTED": {"STARTED": "P", "TERMINATED": BOTH},
        "STARTED": {"COMPLETED": BOTH, "SUSPENDED": BOTH, "TERMINATED": BOTH},
        "SUSPENDED": {"STARTED": BOTH, "TERMINATED": BOTH},
        "COMPLETED": {},
        "TERMINATED": {},
    },
}
STATES: dict[Kind, type[Negotiation] | type[Transfer]] = {Kind.NEGOTIATION: Negotiation, Kind.TRANSFER: Transfer}
LETTER = {Party.CONSUMER: "C", Party.PROVIDER: "P"}


@pytest.mark.parametrize("kind", Kind)
def test_the_tables_are_those_of_the_figures(kind: Kind) -> None:
    states = STATES[kind]
    assert set(states) == set(FIGURES[kind])
    for state in states:
        for new in states:
            for party in Party:
                drawn = LETTER[party] in FIGURES[kind][state].get(new, "")
                alone = state == "INITIAL" and new == "TERMINATED"  # ours: nobody has heard of it yet
                assert may_follow(state, party, new) == (drawn or (alone and may_follow(state, party, new)))


OFFER = {"@id": "urn:x:offer", "@type": "Offer", "target": "urn:x:data", "permission": [{"action": "use"}]}
AGREED = {"@id": "urn:x:agreement", "@type": "Agreement", "assigner": US, "assignee": PEER}
AGREEMENT = {**OFFER, **AGREED, "timestamp": "2026-11-21T09:00:00Z"}
# Kind, then state → path, type of message, what else it says.
SPOKEN: dict[Kind, dict[str, tuple[str, str, Json]]] = {
    Kind.NEGOTIATION: {
        "REQUESTED": ("request", "ContractRequestMessage", {"offer": OFFER}),
        "OFFERED": ("offers", "ContractOfferMessage", {"offer": OFFER}),
        "ACCEPTED": ("events", "ContractNegotiationEventMessage", {"eventType": "ACCEPTED"}),
        "AGREED": ("agreement", "ContractAgreementMessage", {"agreement": AGREEMENT}),
        "VERIFIED": ("agreement/verification", "ContractAgreementVerificationMessage", {}),
        "FINALIZED": ("events", "ContractNegotiationEventMessage", {"eventType": "FINALIZED"}),
        "TERMINATED": ("termination", "ContractNegotiationTerminationMessage", {"code": "1"}),
    },
    Kind.TRANSFER: {
        "STARTED": ("start", "TransferStartMessage", {}),
        "SUSPENDED": ("suspension", "TransferSuspensionMessage", {"code": "1"}),
        "COMPLETED": ("completion", "TransferCompletionMessage", {}),
        "TERMINATED": ("termination", "TransferTerminationMessage", {"code": "1"}),
    },
}


class Machine(RuleBasedStateMachine):
    """A peer and our own people say what they like; the model is the figure."""

    def __init__(
        self, runner: asyncio.Runner, two: Bench, agreements: dict[Party, str], offer: Json, done: Counter[str]
    ) -> None:
        super().__init__()
        self.runner, self.two, self.agreements, self.offer, self.done = runner, two, agreements, offer, done

    def wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    @initialize(kind=st.sampled_from(Kind), role=st.sampled_from(Party))
    def begin(self, kind: Kind, role: Party) -> None:
        self.kind, self.role = kind, role
        self.heard: list[tuple[str, Json, str]] = []
        process = self.wait(self._begun())
        self.pid, self.ids, self.state = process.pid, both(process), process.state.value

    @rule(data=st.data())
    def the_peer_goes_on(self, data: st.DataObject) -> None:
        self._goes_on(data, self.role.other, self._peer_says)

    @rule(data=st.data())
    def we_go_on(self, data: st.DataObject) -> None:
        self._goes_on(data, self.role, self._we_say)

    @rule(data=st.data())
    def the_peer_says_anything(self, data: st.DataObject) -> None:
        self._peer_says(data.draw(st.sampled_from([*SPOKEN[self.kind]])))

    @rule(data=st.data())
    def we_say_anything(self, data: st.DataObject) -> None:
        self._we_say(data.draw(st.sampled_from([*SPOKEN[self.kind]])))

    @rule(data=st.data())
    def the_peer_repeats_itself(self, data: st.DataObject) -> None:
        if self.heard:
            state, said, told = data.draw(st.sampled_from(self.heard))
            self._peer_says(state, said, told)

    @invariant()
    def the_state_is_that_of_the_model(self) -> None:
        if hasattr(self, "pid"):
            found = self.wait(self.two.service.exchange.processes.get(self.pid, self.kind))
            assert (found.state, both(found)) == (self.state, self.ids)

    def _goes_on(self, data: st.DataObject, party: Party, say: Callable[[str], None]) -> None:
        """A step that may follow; a new process where the old one has ended."""
        if not FIGURES[self.kind][self.state]:
            return self.begin(self.kind, self.role)
        if open_to := [state for state in FIGURES[self.kind][self.state] if self._may(party, state)]:
            ends_seldom = [state for state in open_to if state != "TERMINATED"] * 9 + ["TERMINATED"]
            say(data.draw(st.sampled_from(ends_seldom)))

    def _peer_says(self, state: str, said: Json | None = None, told: str = "") -> None:
        word, kind, more = SPOKEN[self.kind][state]
        new = said is None
        said = said or message(kind, **self.ids, **more, **{"urn:x:number": uuid4().hex})
        answer = self.wait(self.two.post(f"/{self.kind.value}s/{self.pid}/{word}", said))
        if self._may(self.role.other, state):
            assert (answer.status_code, answer.json()["state"]) == (200, state)
            self.heard += [(state, said, state)] * new
            self._now(state)
        elif not new:
            assert (answer.status_code, answer.json()["state"]) == (200, told)
            self._now(self.state, "repeated")
        else:
            assert (answer.status_code, answer.json()["@type"][-5:], pids(answer.json())) == (400, "Error", self.ids)
            self._now(self.state, "refused")

    def _we_say(self, state: str) -> None:
        if self._may(self.role, state):
            self.wait(self._said(STATES[self.kind](state)))
            self._now(state)
        else:
            with pytest.raises(StepRefused):
                self.wait(self._said(STATES[self.kind](state)))
            self._now(self.state, "refused")

    def _may(self, party: Party, state: str) -> bool:
        return LETTER[party] in FIGURES[self.kind][self.state].get(state, "")

    def _now(self, state: str, how: str = "moved") -> None:
        self.state = state
        self.done[how] += 1

    async def _begun(self) -> Process:
        exchange = self.two.service.exchange
        if self.kind is Kind.TRANSFER and self.role is Party.CONSUMER:
            begun = await exchange.transfers.ask(self.agreements[self.role], self.two.peer.base)
        elif self.kind is Kind.TRANSFER:
            asked = self.two.transfer_request(self.agreements[self.role])
            begun = await self._answered("/transfers/request", asked)
        elif self.role is Party.CONSUMER:
            begun = await exchange.negotiations.ask(PEER, self.two.peer.base, OFFER, None)
        else:
            begun = await self._answered("/negotiations/request", self.two.request(self.offer))
        return await self.two.settled(begun.pid, self.kind)

    async def _answered(self, path: str, said: Json) -> Process:
        begun = (await self.two.post(path, said)).json()
        return await self.two.service.exchange.processes.get(begun["providerPid"], self.kind)

    async def _said(self, state: State) -> None:
        word, kind, more = SPOKEN[self.kind][state.value]

        async def make(process: Process) -> Turn:
            return Turn(says=Saying(message(kind, **self.ids, **more), path_of(process, word), state))

        exchange = self.two.service.exchange
        machine = exchange.negotiations if self.kind is Kind.NEGOTIATION else exchange.transfers
        await machine.dialogue.say(self.pid, make)
        await self.two.settled(self.pid, self.kind)


@pytest.mark.campaign
def test_r06_processes_move_as_the_figures_allow(tmp_path: Path) -> None:
    done: Counter[str] = Counter()
    with asyncio.Runner() as runner:
        stack = contextlib.AsyncExitStack()
        two = runner.run(stack.enter_async_context(bench(tmp_path)))
        agreements = {
            Party.PROVIDER: runner.run(two.agreed())["@id"],
            Party.CONSUMER: runner.run(two.consumed()),
        }
        offer = runner.run(two.offer())
        idle(two)
        runner.run(hurried(two))
        try:
            while done.total() < STEPS or min(done["moved"], done["refused"], done["repeated"]) <= STEPS // 50:
                run_state_machine_as_test(  # type: ignore[no-untyped-call]
                    lambda: Machine(runner, two, agreements, offer, done),
                    settings=settings(
                        max_examples=A_FEW, stateful_step_count=100, deadline=None,
                        suppress_health_check=list(HealthCheck), database=None,
                    ),
                )  # fmt: skip
        finally:
            runner.run(stack.aclose())
    print(dict(done))


def idle(two: Bench) -> None:
    """Let our side do nothing by itself, so that every state can be looked at."""

    async def wait(process: Process) -> Negotiate:
        return Negotiate.WAIT

    async def rest(process: Process) -> Move:
        return Move.WAIT

    two.service.exchange.negotiations._script = wait
    two.service.exchange.transfers._script = rest


async def hurried(two: Bench) -> None:
    """Answer the peer without the pause that others than our kind need."""
    (key,) = (await two.client.get("/.well-known/jwks.json")).json()["keys"]
    await two.service.peers.put(PEER, two.peer.base, key=key)

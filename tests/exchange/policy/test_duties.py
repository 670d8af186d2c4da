"""Duties: what has to be done before, during and after a use, by whom, until when, and what makes it good."""

from datetime import timedelta

import pytest

from exchange.policy.decision import Deontic, Phase, Verdict

READ = "odrl:assignee ex:alice ; odrl:target ex:x ; odrl:action odrl:read"
PAY = "[ rdf:value odrl:compensate ; odrl:refinement [ odrl:leftOperand odrl:payAmount ; odrl:operator odrl:gteq ; odrl:rightOperand 5 ] ]"
UNTIL = "odrl:constraint [ odrl:leftOperand odrl:dateTime ; odrl:operator odrl:lteq ; odrl:rightOperand '2026-06-01T00:00:00Z'^^xsd:dateTime ]"


def with_duty(body):
    return f"ex:p a odrl:Set ; odrl:permission [ {READ} ; odrl:duty [ {body} ] ] ."


PAID = with_duty(f"odrl:action {PAY}")


def paid(kit, amount=5, **other):
    return kit.world([kit.done("compensate", payAmount=kit.value(amount, "payment"), **other)])


def days(kit, count):
    return kit.done("delete").at - timedelta(days=count)


def test_an_unfulfilled_duty_keeps_the_permission_back(kit):
    decision = kit.decided(PAID)
    assert decision.verdict is Verdict.DENY
    assert decision.report.duties[0].holds_back
    assert "compensate" in decision.report.reasons[-1].en


def test_a_fulfilled_duty_lets_the_permission_grant(kit):
    decision = kit.decided(PAID, state=paid(kit))
    assert decision.permitted
    assert decision.report.rules[0].conditions[0].satisfied_by == ("http://example.org/done-compensate",)


def test_a_duty_is_not_fulfilled_by_another_party_another_amount_or_another_action(kit):
    assert not kit.decided(PAID, state=paid(kit, party="bob")).permitted
    assert not kit.decided(PAID, state=paid(kit, 4)).permitted
    assert not kit.decided(PAID, state=kit.world([kit.done("inform")])).permitted
    assert not kit.decided(PAID, state=kit.world([kit.done("compensate")])).permitted


def test_what_is_done_later_or_at_no_known_time_fulfils_nothing(kit):
    assert not kit.decided(PAID, state=paid(kit, at=days(kit, -1))).permitted
    assert not kit.decided(PAID, state=paid(kit, at=None)).permitted


def test_a_payment_for_another_duty_does_not_count(kit):
    from dataclasses import replace

    [done] = paid(kit).performed
    assert not kit.decided(PAID, state=kit.world([replace(done, fulfils="http://example.org/other")])).permitted


def test_in_the_other_mode_only_a_violated_duty_stops_a_permission(kit):
    assert kit.decided(PAID, duty_mode="not-violated").permitted
    overdue = with_duty(f"odrl:action {PAY} ; {UNTIL}")
    assert not kit.decided(overdue, duty_mode="not-violated").permitted


def test_a_deadline_that_has_passed_is_a_violation_and_no_release_from_the_duty(kit):
    turtle = with_duty(f"odrl:action {PAY} ; {UNTIL}")
    decision = kit.decided(turtle)
    assert decision.verdict is Verdict.DENY
    assert decision.report.rules[0].conditions[0].deontic is Deontic.VIOLATED
    assert decision.report.rules[0].conditions[0].deadline == "2026-06-01T00:00:00Z"


@pytest.mark.parametrize(("ago", "permitted"), [(20, True), (1, False)])
def test_a_duty_is_fulfilled_in_time_or_not_at_all(kit, ago, permitted):
    turtle = with_duty(f"odrl:action {PAY} ; {UNTIL}")
    assert kit.decided(turtle, state=paid(kit, at=days(kit, ago))).permitted is permitted


@pytest.mark.parametrize(
    ("performed", "permitted"),
    [((), False), (("compensate",), False), (("inform",), False), (("compensate", "inform"), True)],
)
def test_a_late_duty_is_made_good_by_itself_and_all_consequences(kit, performed, permitted):
    turtle = with_duty(f"odrl:action odrl:compensate ; {UNTIL} ; odrl:consequence [ odrl:action odrl:inform ]")
    assert kit.decided(turtle, state=kit.world([kit.done(action) for action in performed])).permitted is permitted


def test_in_time_a_duty_needs_no_consequence(kit):
    turtle = with_duty(f"odrl:action odrl:compensate ; {UNTIL} ; odrl:consequence [ odrl:action odrl:inform ]")
    assert kit.decided(turtle, state=kit.world([kit.done("compensate", at=days(kit, 20))])).permitted


@pytest.mark.parametrize(
    ("performed", "deontic"), [((), "violated"), (("anonymize",), "violated"), (("anonymize", "delete"), "not-set")]
)
def test_an_infringed_prohibition_is_set_right_by_all_of_its_remedies(kit, performed, deontic):
    remedies = "odrl:remedy [ odrl:action odrl:anonymize ] , [ odrl:action odrl:delete ]"
    turtle = f"ex:p a odrl:Set ; odrl:prohibition [ odrl:assignee ex:alice ; odrl:target ex:x ; odrl:action odrl:distribute ; {remedies} ] ."
    infringed = kit.done("distribute", target="x", at=days(kit, 2))
    state = kit.world([infringed, *(kit.done(action) for action in performed)])
    [report] = kit.decided(turtle, kit.asked("distribute"), state).report.rules
    assert report.deontic == deontic


def test_a_remedy_of_before_sets_nothing_right(kit):
    turtle = "ex:p a odrl:Set ; odrl:prohibition [ odrl:target ex:x ; odrl:action odrl:distribute ; odrl:remedy [ odrl:action odrl:delete ] ] ."
    state = kit.world([kit.done("distribute", target="x", at=days(kit, 1)), kit.done("delete", at=days(kit, 2))])
    [report] = kit.decided(turtle, kit.asked("distribute"), state).report.rules
    assert report.deontic is Deontic.VIOLATED


@pytest.mark.parametrize(
    ("operator", "phase", "permitted"),
    [("lt", Phase.PRE, False), ("eq", Phase.ONGOING, True), ("gt", Phase.POST, True)],
)
def test_the_event_of_use_tells_duties_before_with_and_after_it_apart(kit, operator, phase, permitted):
    event = f"odrl:constraint [ odrl:leftOperand odrl:event ; odrl:operator odrl:{operator} ; odrl:rightOperand odrl:policyUsage ]"
    decision = kit.decided(with_duty(f"odrl:action odrl:compensate ; {event}"))
    assert decision.permitted is permitted
    assert [duty.phase for duty in decision.report.duties] == [phase]


def test_deleting_after_a_while_is_told_with_handler_and_deadline(kit):
    later = "odrl:constraint [ odrl:leftOperand odrl:delayPeriod ; odrl:operator odrl:lteq ; odrl:rightOperand 'P30D'^^xsd:duration ]"
    decision = kit.decided(with_duty(f"odrl:action odrl:delete ; {later}"))
    [duty] = decision.report.duties
    assert decision.permitted
    assert (duty.phase, duty.handler, duty.deadline) == (Phase.POST, "delete", "P30D")


def test_one_deed_fulfils_a_duty_that_two_permissions_share(kit):
    turtle = f"ex:p a odrl:Set ; odrl:permission [ {READ} ; odrl:duty ex:d ] , [ odrl:assignee ex:alice ; odrl:action odrl:print ; odrl:duty ex:d ] . ex:d odrl:action odrl:inform ."
    state = kit.world([kit.done("inform")])
    assert kit.decided(turtle, state=state).permitted
    assert kit.decided(turtle, kit.asked("print"), state).permitted


def test_a_duty_nobody_can_tell_to_be_due_holds_back(kit):
    unknown = "odrl:constraint [ odrl:leftOperand odrl:purpose ; odrl:operator odrl:eq ; odrl:rightOperand ex:sale ]"
    assert kit.decided(with_duty(f"odrl:action odrl:inform ; {unknown}")).verdict is Verdict.INDETERMINATE


def test_a_duty_of_an_unknown_action_is_never_fulfilled(kit):
    from dataclasses import replace

    done = replace(kit.done("inform"), action="http://example.org/dance")
    assert not kit.decided(with_duty("odrl:action ex:dance"), state=kit.world([done])).permitted


def test_a_duty_names_for_whom_it_is_done(kit):
    turtle = with_duty("odrl:action odrl:inform ; odrl:informedParty ex:board")
    assert not kit.decided(turtle, state=kit.world([kit.done("inform")])).permitted
    told = kit.done("inform", informedParty=kit.value("http://example.org/board"))
    assert kit.decided(turtle, state=kit.world([told])).permitted


@pytest.mark.parametrize(("performed", "deontic"), [((), "violated"), (("inform",), "fulfilled")])
def test_an_obligation_is_fulfilled_or_violated_after_its_deadline_and_permits_nothing(kit, performed, deontic):
    turtle = f"ex:p a odrl:Set ; odrl:permission [ {READ} ] ; odrl:obligation [ odrl:assignee ex:alice ; odrl:action odrl:inform ; {UNTIL} ] ."
    state = kit.world([kit.done(action, at=days(kit, 20)) for action in performed])
    decision = kit.decided(turtle, state=state)
    assert decision.permitted
    assert [duty.deontic for duty in decision.report.duties] == [deontic]

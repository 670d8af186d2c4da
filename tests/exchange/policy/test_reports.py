"""A decision as RDF, in what no suite holds: nameless nodes, what is unknown, obligations, remedies, hostile names."""

from pyoxigraph import BlankNode, Literal, NamedNode

from exchange.policy.reportmodels import COMPLIANCE, FORMAL_SEMANTICS
from exchange.policy.reports import report_triples, turtle
from ontology.reading import read
from ontology.terms import DCT, RDF

SOTW = "https://w3id.org/force/sotw#"
RK = "urn:renkei:ns#"
READ = "ex:p a odrl:Set ; odrl:permission [ odrl:action odrl:read ; odrl:target ex:x {more} ] {rules} ."


def objects(triples, local, namespace=COMPLIANCE.namespace):
    return [each.object for each in triples if each.predicate == NamedNode(namespace + local)]


def of_class(triples, local, model=COMPLIANCE):
    return [each.subject for each in triples if each.predicate == RDF.type and each.object == model.term(local)]


def said_of(triples, node):
    return {(each.predicate.value, each.object) for each in triples if each.subject == node}


def test_a_request_without_a_name_is_described(kit):
    purpose = kit.asked(purpose=kit.value("research"))
    triples = report_triples(kit.decided(READ.format(more="", rules=""), purpose))
    [request] = objects(triples, "policyRequest")
    assert (SOTW + "evaluatedTarget", NamedNode("http://example.org/x")) in said_of(triples, request)
    [parameter] = objects(triples, "requestParameter", SOTW)
    assert (SOTW + "value", Literal("research")) in said_of(triples, parameter)


def test_a_nameless_rule_is_told_by_the_label_that_the_json_report_has(kit):
    decision = kit.decided(READ.format(more="", rules=""))
    triples = report_triples(decision)
    [rule] = objects(triples, "rule")
    assert isinstance(rule, BlankNode)
    assert (DCT.identifier.value, Literal(decision.report.rules[0].rule.node)) in said_of(triples, rule)


def test_of_a_premise_that_nobody_can_tell_no_state_is_said(kit):
    more = "; odrl:constraint [ odrl:leftOperand odrl:purpose ; odrl:operator odrl:eq ; odrl:rightOperand 'a' ]"
    triples = report_triples(kit.decided(READ.format(more=more, rules="")))
    [constraint] = of_class(triples, "ConstraintReport")
    assert COMPLIANCE.term("satisfactionState").value not in {name for name, _ in said_of(triples, constraint)}
    assert objects(triples, "activationState") == [COMPLIANCE.term("Inactive")]


def test_an_obligation_is_a_duty_report_of_the_policy(kit):
    rules = "; odrl:obligation [ odrl:action odrl:delete ; odrl:assignee ex:alice ]"
    triples = report_triples(kit.decided(READ.format(more="", rules=rules)))
    [duty] = of_class(triples, "DutyReport")
    assert duty in objects(triples, "ruleReport")
    assert (COMPLIANCE.term("deonticState").value, COMPLIANCE.term("NonSet")) in said_of(triples, duty)


def test_an_infringed_prohibition_is_violated_and_its_remedy_reported(kit):
    rules = "; odrl:prohibition [ odrl:action odrl:print ; odrl:remedy [ odrl:action odrl:delete ] ]"
    state = kit.world([kit.done("print", target="x")])
    triples = report_triples(kit.decided(READ.format(more="", rules=rules), state=state))
    [prohibition] = of_class(triples, "ProhibitionReport")
    assert (COMPLIANCE.term("deonticState").value, COMPLIANCE.term("Violated")) in said_of(triples, prohibition)
    assert objects(triples, "remedyReport", RK) == of_class(triples, "DutyReport")


def test_a_duty_names_what_fulfilled_it_and_its_consequences(kit):
    more = "; odrl:duty [ odrl:action odrl:inform ; odrl:consequence [ odrl:action odrl:compensate ] ]"
    triples = report_triples(kit.decided(READ.format(more=more, rules=""), state=kit.world([kit.done("inform")])))
    assert objects(triples, "fulfillingAction") == [NamedNode("http://example.org/done-inform")]
    assert len(objects(triples, "consequenceReport", RK)) == 1


def test_a_refused_request_has_the_control_state_deny_whatever_its_rules_say(kit):
    rules = "; odrl:prohibition [ odrl:action odrl:use ]"
    triples = report_triples(kit.decided(READ.format(more="", rules=rules)), FORMAL_SEMANTICS)
    [whole] = of_class(triples, "ComplianceReport", FORMAL_SEMANTICS)
    assert (FORMAL_SEMANTICS.term("controlState").value, FORMAL_SEMANTICS.term("Deny")) in said_of(triples, whole)


def test_a_void_policy_is_reported_without_rules(kit):
    decision = kit.decided("ex:p a odrl:Set ; odrl:profile ex:unheard ; odrl:permission [ odrl:action odrl:use ] .")
    assert objects(report_triples(decision), "ruleReport") == []


def test_names_that_no_syntax_takes_leave_a_document_that_can_be_read(kit):
    asked = kit.asked(action='http://example.org/a b" > <x> ; {{7*7}}', party="al ice\n", purpose=kit.value('"""\\'))
    decision = kit.decided(READ.format(more="", rules=""), asked)
    triples = list(read(turtle(decision), media_type="text/turtle", base_iri="urn:x:"))
    assert Literal('"""\\') in objects(triples, "value", SOTW)


def test_both_models_fit_into_one_document(kit):
    decision = kit.decided(READ.format(more="", rules=""))
    triples = list(read(turtle(decision, COMPLIANCE, FORMAL_SEMANTICS), media_type="text/turtle", base_iri="urn:x:"))
    assert len(of_class(triples, "PolicyReport")) == len(of_class(triples, "ComplianceReport", FORMAL_SEMANTICS)) == 1

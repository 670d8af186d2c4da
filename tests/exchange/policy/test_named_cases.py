"""Every case that some engine of the field gets wrong, with the test that holds ours to it."""

import re
from pathlib import Path

import pytest

CASES = {
    "profile unknown": "test_an_unknown_profile_stops_the_evaluation",
    "offer asked for": "test_an_offer_releases_nothing_but_can_be_asked_what_if",
    "isReplacedBy": "test_a_replaced_policy_is_void_and_its_replacement_decides",
    "compact policy": "test_a_target_of_the_policy_is_the_target_of_all_its_rules",
    "multi-valued and list operands": "test_no_operand_of_a_logical_constraint_is_dropped_in_any_encoding",
    "xone": "test_exactly_one_part_of_an_xone_holds",
    "andSequence order": "test_a_sequence_holds_only_in_its_order",
    "rule without rdf:type": "test_a_rule_without_a_class_is_what_its_property_says",
    "blank-node rules": "test_nameless_rules_keep_their_constraints_apart",
    "two permissions, one inactive": "test_one_active_permission_of_two_is_enough",
    "unconditional prohibition": "test_a_prohibition_without_constraints_forbids",
    "one of two constraints true": "test_a_prohibition_needs_all_of_its_constraints",
    "prohibition of use, read": "test_a_prohibition_of_use_forbids_reading",
    "permission of use, display": "test_a_permission_of_use_permits_displaying_two_steps_below",
    "deprecated synonyms": "test_an_action_goes_by_its_old_name_too",
    "conflict strategies": "test_the_conflict_strategy_decides_where_permission_and_prohibition_meet",
    "conflict by default": "test_without_a_conflict_strategy_the_whole_policy_is_void",
    "conflict merged": "test_inherited_conflict_strategies_that_differ_void_the_policy_where_a_conflict_arises",
    "inheritance of depth 3": "test_rules_are_inherited_through_three_steps",
    "inheritance as a diamond": "test_a_policy_inherited_on_two_ways_counts_once",
    "inheritance in a circle": "test_a_circle_of_inheritance_voids_the_policy",
    "parent missing": "test_a_missing_parent_voids_the_policy",
    "collections": "test_members_of_a_collection_are_meant_by_its_node_and_by_its_source",
    "collections refined": "test_a_refinement_chooses_among_the_members_of_a_collection",
    "action refined": "test_a_refinement_of_the_action_is_asked_of_the_request",
    "neq of an absent value": "test_an_absent_value_does_not_differ_from_anything",
    "string against date": "test_what_is_no_date_is_never_compared_with_one",
    "date against dateTime": "test_a_date_is_its_whole_day",
    "date in zones": "test_a_date_has_its_own_zone",
    "count n, n + 1": "test_a_limit_of_ten_uses_permits_ten",
    "count, 50 at once": "test_of_fifty_at_once_on_a_limit_of_ten_exactly_ten_are_permitted",
    "duty not set": "test_an_unfulfilled_duty_keeps_the_permission_back",
    "duty too late": "test_a_duty_is_fulfilled_in_time_or_not_at_all",
    "duty by another party": "test_a_duty_is_not_fulfilled_by_another_party_another_amount_or_another_action",
    "consequence": "test_a_late_duty_is_made_good_by_itself_and_all_consequences",
    "remedy": "test_an_infringed_prohibition_is_set_right_by_all_of_its_remedies",
    "event and policyUsage": "test_the_event_of_use_tells_duties_before_with_and_after_it_apart",
    "quotes and templates": "test_a_literal_is_a_literal",
    "10,000 rules": "test_ten_thousand_rules_are_taken_and_one_more_is_not",
    "logic nested 100 deep": "test_a_hundred_constraints_within_each_other_are_taken_and_one_more_is_not",
    "logic in a circle": "test_a_logical_constraint_within_itself_is_unknown",
    "remote context": "test_a_context_of_elsewhere_is_never_fetched",
    "UTF-16 JSON": "test_json_in_utf_16_is_read_like_any_other",
    "DSP offer with a rule target": "test_a_target_on_a_rule_is_refused_in_both_languages",
}
DEFECTS = {
    "pyodre: every rule is held to all constraints": "test_nameless_rules_keep_their_constraints_apart",
    "pyodre: a rule with an IRI has no constraints": "test_a_rule_with_a_name_is_held_to_its_constraints_too",
    "pyodre, FIWARE: a prohibition permits": "test_a_prohibition_without_constraints_forbids",
    "pyodre, SolidLab, EDC: a duty need not be done": "test_an_unfulfilled_duty_keeps_the_permission_back",
    "pyodre: a time with Z raises": "test_one_moment_is_one_however_its_zone_is_written",
    "pyodre: a literal is run": "test_a_literal_is_a_literal",
    "pyodre, EDC: party and asset are not looked at": "test_nobody_else_and_nothing_else_is_permitted",
    "SolidLab, OVAL: a target of the policy is lost": "test_a_target_of_the_policy_is_the_target_of_all_its_rules",
    "SolidLab: the requester is believed": "test_a_value_of_a_source_that_the_operand_does_not_accept_is_no_value",
    "SolidLab: an offer releases": "test_an_offer_releases_nothing_but_can_be_asked_what_if",
    "SolidLab: two active rules and no verdict": "test_without_a_conflict_strategy_the_whole_policy_is_void",
    "SolidLab, EDC: a refined action is not understood": "test_a_refinement_of_the_action_is_asked_of_the_request",
    "SolidLab, pyodre: the profile is ignored": "test_an_unknown_profile_stops_the_evaluation",
    "OVAL: a prohibition of use lets read": "test_a_prohibition_of_use_forbids_reading",
    "OVAL: a multi-valued and is dropped": "test_no_operand_of_a_logical_constraint_is_dropped_in_any_encoding",
    "OVAL, odrl-manager: set operators are absent": "test_values_compare_by_their_kind",
    "OVAL: conflict perm is ignored": "test_the_conflict_strategy_decides_where_permission_and_prohibition_meet",
    "EDC: an unbound action permits": "test_an_unknown_action_is_never_permitted_and_always_forbidden",
    "EDC: an unbound operand permits": "test_an_operand_that_nothing_declares_never_grants",
    "EDC: a prohibition needs one constraint": "test_a_prohibition_needs_all_of_its_constraints",
    "EDC, odrl-manager: an inactive permission denies": "test_one_active_permission_of_two_is_enough",
    "EDC: an empty policy permits": "test_an_empty_policy_permits_nothing",
    "odrl-manager: xone is false": "test_exactly_one_part_of_an_xone_holds",
    "odrl-manager: actions have one level": "test_a_permission_of_use_permits_displaying_two_steps_below",
    "FIWARE: isPartOf is reversed": "test_places_compare_as_names_that_lie_within_each_other",
    "FIWARE: andSequence is and": "test_a_sequence_holds_only_in_its_order",
    "FIWARE: texts compare with dates": "test_what_is_no_date_is_never_compared_with_one",
}
TESTS = "\n".join(file.read_text() for file in Path(__file__).parents[1].rglob("test_*.py"))


def is_there(test: str) -> bool:
    return re.search(rf"^(async )?def {test}\(", TESTS, re.MULTILINE) is not None


@pytest.mark.parametrize("case", CASES)
def test_each_case_of_the_field_has_its_test(case: str) -> None:
    assert is_there(CASES[case])


@pytest.mark.parametrize("defect", DEFECTS)
def test_each_defect_of_a_peer_has_its_test(defect: str) -> None:
    assert is_there(DEFECTS[defect])

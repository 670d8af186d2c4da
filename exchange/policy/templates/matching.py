"""Policies read back as templates: whatever spelling a policy came in, the terms it is made of and their values.

Every constraint, duty, prohibition and obligation has to belong to exactly one template, and none may be left over; a
policy that says anything more is none that a form could show.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from exchange.policy.model import Condition, Conflict, Constraint, Policy, PolicyKind, Rule, Severity
from exchange.policy.templates.catalogue import Addition, Comparison, Form, Template, templates
from exchange.policy.templates.filling import Frame
from exchange.policy.templates.readback import Read, Readback, flat, plain
from exchange.policy.vocabulary import Vocabulary
from ontology.terms import ODRL

Part = tuple[str, Constraint | Rule]
"""Something that a template may account for, and where it stands: "constraint", "duty", "prohibition", "obligation"."""
OPEN = "open"
_CORE = ODRL.NAMESPACE + "core"


@dataclass(frozen=True, slots=True)
class Filled:
    """A policy as a form would show it.

    Attributes:
        terms: values by template and parameter; `open` where there are no conditions.
    """

    frame: Frame
    terms: Mapping[str, Mapping[str, tuple[str, ...]]]


def match(policy: Policy, vocabulary: Vocabulary) -> Filled | None:
    """The templates that a policy is made of; None if it says anything that they do not."""
    if not policy.permissions or any(fault.severity is not Severity.NOTED for fault in policy.faults):
        return None
    if policy.prohibitions and policy.conflict is Conflict.PERM:
        return None
    frame = _frame(policy, vocabulary)
    parts = None if frame is None else _parts(policy, frame)
    if frame is None or parts is None:
        return None
    terms: dict[str, Read] = {}
    named = _named(policy, frame)
    for template in sorted(templates().values(), key=_generality):
        found = _template(template, parts, named, vocabulary)
        if found is not None:
            terms[template.name], named = found, () if template.forms[0].assignees else named
    profiles = {template.profile for name, template in templates().items() if name in terms}
    if parts or named or not set(policy.profiles) <= {*profiles, _CORE}:
        return None
    return Filled(frame, {name: terms[name] for name in templates() if name in terms} or {OPEN: {}})


def _generality(template: Template) -> int:
    """Templates without parameters first: what fits them fits others as well."""
    return len(template.parameters)


def _frame(policy: Policy, vocabulary: Vocabulary) -> Frame | None:
    """What the permissions have in common; None if they are not one permission."""
    first = policy.permissions[0]
    targets = tuple(dict.fromkeys(plain(rule.target) for rule in policy.permissions))
    assignees = tuple(dict.fromkeys(plain(rule.assignee) for rule in policy.permissions))
    given = {(plain(rule.target), plain(rule.assignee)) for rule in policy.permissions}
    whole = given == set(product(targets, assignees)) and len(given) == len(policy.permissions)
    assigners = {plain(rule.assigner) for rule in policy.rules}
    alike = all(_same(rule, first) for rule in policy.permissions[1:])
    if not whole or not alike or len(assigners) > 1 or "" in targets or "" in assignees or "" in assigners:
        return None
    if first.action.refinements or first.functions or first.output is not None or None in targets:
        return None
    own = assignees[0] if policy.kind is PolicyKind.AGREEMENT and len(assignees) == 1 else None
    action = vocabulary.action(first.action.iri) or first.action.iri
    names = tuple(sorted(target for target in targets if target))
    return Frame(policy.iri, names, policy.kind, action, assigners.pop(), own)


def _same(rule: Rule, first: Rule) -> bool:
    return (
        rule.action.iri == first.action.iri
        and not rule.action.refinements
        and {_key(each) for each in flat(rule.constraints)} == {_key(each) for each in flat(first.constraints)}
        and len(rule.duties) == len(first.duties)
        and [_duty_key(duty) for duty in rule.duties] == [_duty_key(duty) for duty in first.duties]
    )


def _key(condition: Condition) -> object:
    if isinstance(condition, Constraint):
        return (condition.left, condition.operator, frozenset(condition.right), condition.unit, condition.reference)
    return condition


def _duty_key(duty: Rule) -> object:
    conditions = (*duty.constraints, *duty.action.refinements)
    return (duty.action.iri, tuple(map(_key, conditions)), duty.functions, duty.consequences)


def _parts(policy: Policy, frame: Frame) -> list[Part] | None:
    """Everything that templates have to account for; None if there is something that none ever could."""
    first = policy.permissions[0]
    constraints = list(flat(first.constraints))
    if not all(isinstance(each, Constraint) for each in constraints):
        return None
    parts: list[Part] = [("constraint", each) for each in constraints if isinstance(each, Constraint)]
    parts += [("duty", duty) for duty in first.duties]
    for kind, rules in (("prohibition", policy.prohibitions), ("obligation", policy.obligations)):
        groups: dict[object, list[Rule]] = {}
        for rule in rules:
            groups.setdefault((_duty_key(rule), rule.remedies, rule.node), []).append(rule)
        for group in groups.values():
            if not _covers(group, frame):
                return None
            parts.append((kind, group[0]))
    return parts


def _covers(group: Sequence[Rule], frame: Frame) -> bool:
    """Whether a prohibition or obligation is about the whole of what is permitted, and whoever the frame binds."""
    targets = sorted(plain(rule.target) or "" for rule in group)
    return targets == list(frame.targets) and all(plain(rule.assignee) == frame.assignee for rule in group)


def _named(policy: Policy, frame: Frame) -> tuple[str, ...]:
    if frame.assignee is not None:
        return ()
    return tuple(sorted({rule.assignee.iri for rule in policy.permissions if rule.assignee is not None}))


def _template(template: Template, parts: list[Part], named: tuple[str, ...], vocabulary: Vocabulary) -> Read | None:
    for form in template.forms:
        found = _form(form, template, parts, named, vocabulary)
        if found is not None:
            read, used = found
            parts[:] = [part for part in parts if not any(part is each for each in used)]
            return read
    return None


def _form(
    form: Form, template: Template, parts: Sequence[Part], named: tuple[str, ...], vocabulary: Vocabulary
) -> tuple[Read, list[Part]] | None:
    read: Read = {}
    used: list[Part] = []
    if form.assignees:
        if not named:
            return None
        read[form.assignees] = named
    wanted: list[tuple[str, Comparison | Addition]] = [("constraint", each) for each in form.constraints]
    wanted += [("duty", each) for each in form.duties]
    wanted += [("prohibition", each) for each in form.prohibitions]
    wanted += [("obligation", each) for each in form.obligations]
    reader = Readback(template, vocabulary)
    for kind, want in wanted:
        candidates = [part for part in parts if part[0] == kind and not any(part is each for each in used)]
        for part in candidates:
            values = reader.part(want, part[1])
            if values is not None:
                read |= values
                used.append(part)
                break
        else:
            if not reader.optional(want):
                return None
    complete = all(parameter.optional or parameter.name in read for parameter in template.parameters)
    return (read, used) if complete and (used or form.assignees) else None

"""Templates filled in: terms with their values as the triples of one policy, built of terms and never of text."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from pyoxigraph import BlankNode, NamedNode, Triple

from exchange.policy.errors import Reason, ValuesInvalid
from exchange.policy.model import Conflict, PolicyKind, Term
from exchange.policy.templates.catalogue import Addition, Comparison, Form, Template, templates
from exchange.policy.templates.parameters import Parameter, Unfit, term
from exchange.policy.vocabulary import Vocabulary
from exchange.policy.wording.phrasing import listed, quoted, say
from ontology.messages import Message
from ontology.terms import ODRL, RDF

Values = Mapping[str, str | Sequence[str]]
"""What a form has in its fields, by parameter."""
Terms = Mapping[str, Values]
"""Values by template."""
Node = NamedNode | BlankNode
Bound = dict[str, tuple[Term, ...]]

_MANY_LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class Frame:
    """What a policy is about, whatever its terms.

    Attributes:
        assignee: of an agreement, the one party that it binds.
    """

    iri: str
    targets: tuple[str, ...]
    kind: PolicyKind = PolicyKind.OFFER
    action: str = ODRL.NAMESPACE + "use"
    assigner: str | None = None
    assignee: str | None = None


def fill(name: str, values: Values, frame: Frame, vocabulary: Vocabulary) -> tuple[Triple, ...]:
    """A policy of one template.

    Raises:
        ValuesInvalid: a value is missing or none of its kind; all of them at once.
    """
    return combine({name: values}, frame, vocabulary)


def combine(terms: Terms, frame: Frame, vocabulary: Vocabulary) -> tuple[Triple, ...]:
    """A policy of several templates; of none, an open one.

    Raises:
        ValuesInvalid: a template is unknown, a value is missing or none of its kind; all of them at once.
    """
    reasons: list[Reason] = []
    chosen = [(name, template) for name, template in templates().items() if name in terms]
    reasons += [_no_template(name) for name in terms if name not in templates()]
    bound = [(template, _bind(template, terms[name], vocabulary, reasons)) for name, template in chosen]
    if reasons:
        raise ValuesInvalid(tuple(reasons))
    return tuple(_Sheet(frame).policy(bound))


def _bind(template: Template, values: Values, vocabulary: Vocabulary, reasons: list[Reason]) -> Bound:
    known = {parameter.name for parameter in template.parameters}
    reasons += [_no_parameter(template, name) for name in values if name not in known]
    bound: Bound = {}
    for parameter in template.parameters:
        given = values.get(parameter.name, ())
        texts = [given] if isinstance(given, str) else list(given)
        if (not texts and not parameter.optional) or len(texts) > (_MANY_LIMIT if parameter.many else 1):
            reasons.append(_wrong_number(template, parameter))
            continue
        try:
            bound[parameter.name] = tuple(dict.fromkeys(term(parameter, text, vocabulary) for text in texts))
        except Unfit as unfit:
            reasons.append(Reason(f"{template.name}.{parameter.name}", unfit.message))
    return bound


def _no_template(name: str) -> Reason:
    known = listed([quoted(each) for each in templates()])
    message = say(
        "{name}という雛形はありません。{known}から選んでください。",
        "There is no template {name}. Choose one of {known}.",
        name=quoted(name),
        known=known,
    )
    return Reason(name, message)


def _no_parameter(template: Template, name: str) -> Reason:
    known = listed([quoted(parameter.name) for parameter in template.parameters])
    none = Message(ja="この雛形には項目がありません。", en="This template has no parameters.")
    remedy = say("{known}を使ってください。", "Use {known}.", known=known) if template.parameters else none
    pattern = "{name}という項目はありません。{remedy}", "There is no parameter {name}. {remedy}"
    message = say(*pattern, name=quoted(name), remedy=remedy)
    return Reason(f"{template.name}.{name}", message)


def _wrong_number(template: Template, parameter: Parameter) -> Reason:
    message = say(
        "{label}: 値を{number}書いてください。例: {example}",
        "{label}: give {number}, as {example}.",
        label=parameter.label,
        number=Message("1つ以上1000以下", "1 to 1,000 values") if parameter.many else Message("1つ", "one value"),
        example=quoted(parameter.example),
    )
    return Reason(f"{template.name}.{parameter.name}", message)


class _Sheet:
    """The triples of one policy as they are written."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._numbers = count(1)

    def policy(self, bound: Sequence[tuple[Template, Bound]]) -> Iterator[Triple]:
        iri, frame = NamedNode(self._frame.iri), self._frame
        yield Triple(iri, RDF.type, NamedNode(ODRL.NAMESPACE + frame.kind))
        for profile in dict.fromkeys(template.profile for template, _ in bound if template.profile):
            yield Triple(iri, ODRL.profile, NamedNode(profile))
        forms = [(template.forms[0], values) for template, values in bound]
        if any(form.prohibitions for form, _ in forms):
            # Where a term forbids what the rest permits, what it forbids is refused; by default all would be void.
            yield Triple(iri, ODRL.conflict, NamedNode(ODRL.NAMESPACE + Conflict.PROHIBIT))
        yield from self._permission(iri, forms)
        for form, values in forms:
            for prohibition in form.prohibitions:
                yield from self._addition(iri, ODRL.prohibition, prohibition, values, asset=True)
            for obligation in form.obligations:
                yield from self._addition(iri, ODRL.obligation, obligation, values, asset=True)

    def _permission(self, iri: Node, forms: Sequence[tuple[Form, Bound]]) -> Iterator[Triple]:
        rule = self._node("rule")
        yield Triple(iri, ODRL.permission, rule)
        yield Triple(rule, ODRL.action, NamedNode(self._frame.action))
        named = [each for form, values in forms if form.assignees for each in values[form.assignees]]
        yield from self._scope(rule, assignees=not named)
        yield from (Triple(rule, ODRL.assignee, each) for each in named)
        for form, values in forms:
            yield from self._comparisons(rule, ODRL.constraint, form.constraints, values)
            for duty in form.duties:
                yield from self._addition(rule, ODRL.duty, duty, values, asset=False)

    def _scope(self, rule: Node, *, assignees: bool) -> Iterator[Triple]:
        for target in self._frame.targets:
            yield Triple(rule, ODRL.target, NamedNode(target))
        if self._frame.assigner is not None:
            yield Triple(rule, ODRL.assigner, NamedNode(self._frame.assigner))
        if assignees and self._frame.assignee is not None:
            yield Triple(rule, ODRL.assignee, NamedNode(self._frame.assignee))

    def _addition(
        self, owner: Node, link: NamedNode, added: Addition, values: Bound, *, asset: bool
    ) -> Iterator[Triple]:
        rule = self._node("rule")
        yield Triple(owner, link, rule)
        if asset:
            yield from self._scope(rule, assignees=True)
        refined = tuple(self._comparisons(act := self._node("action"), ODRL.refinement, added.refinements, values))
        if refined:
            yield Triple(rule, ODRL.action, act)
            yield Triple(act, RDF.value, NamedNode(added.action))
            yield from refined
        else:
            yield Triple(rule, ODRL.action, NamedNode(added.action))
        for function, parameter in added.functions:
            yield from (Triple(rule, NamedNode(function), each) for each in values[parameter])
        yield from self._comparisons(rule, ODRL.constraint, added.constraints, values)

    def _comparisons(
        self, owner: Node, link: NamedNode, comparisons: Sequence[Comparison], values: Bound
    ) -> Iterator[Triple]:
        for each in comparisons:
            right = tuple(map(NamedNode, each.constants)) or values[each.right or ""]
            if not right:
                continue
            node = self._node("constraint")
            yield Triple(owner, link, node)
            yield Triple(node, ODRL.leftOperand, NamedNode(each.left))
            yield Triple(node, ODRL.operator, NamedNode(each.operator))
            yield from (Triple(node, ODRL.rightOperand, value) for value in right)
            if each.unit:
                yield from (Triple(node, ODRL.unit, unit) for unit in values[each.unit])

    def _node(self, what: str) -> BlankNode:
        return BlankNode(f"{what}{next(self._numbers)}")

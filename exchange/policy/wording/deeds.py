"""What a rule is about, in words: the deed with its refinements and conditions, who does it, with which asset."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from exchange.policy.model import Action, Condition, Constraint, Rule, RuleKind, Scope
from exchange.policy.wording.clauses import limit, together
from exchange.policy.wording.naming import Names, local
from exchange.policy.wording.phrasing import AND, NOTHING, abridged, joined, listed, say
from exchange.policy.wording.verbs import Done, verb
from ontology.messages import Message
from ontology.terms import ODRL

_PAY_AMOUNT = ODRL.NAMESPACE + "payAmount"
_UNNAMED = Message(ja="名前のない集合", en="an unnamed collection")
_AT_LEAST = frozenset({ODRL.NAMESPACE + "eq", ODRL.NAMESPACE + "gteq"})


@dataclass(frozen=True, slots=True)
class Deed:
    """A rule without its modality.

    Attributes:
        before: what stands ahead of the deed in Japanese.
        after: what stands behind it in English.
    """

    done: Done
    before: str
    after: str

    def timing(self) -> Message:
        """The conditions alone."""
        return Message(ja=self.before, en=self.after)

    def may(self) -> Message:
        """… できます / may …"""
        return Message(ja=self.before + self.done.ja_can, en=self.done.en + self.after)

    def must(self) -> Message:
        """… なければなりません / must …"""
        return Message(ja=f"{self.before}{self.done.ja_negative}なければなりません", en=self.done.en + self.after)

    def must_and(self) -> Message:
        """… なければならず / must …, ahead of another"""
        return Message(ja=f"{self.before}{self.done.ja_negative}なければならず", en=self.done.en + self.after)

    def must_not(self) -> Message:
        """… てはなりません / must not …"""
        return Message(ja=f"{self.before}{self.done.ja_te}はなりません", en=self.done.en + self.after)


def deed(rule: Rule, names: Names, assets: Message | None, conditions: Sequence[Condition] | None = None) -> Deed:
    """The deed of a rule, with its conditions.

    Args:
        assets: what it is done with; none where the rule does not say.
        conditions: those still to be said; all of the rule where not given.
    """
    constraints = rule.constraints if conditions is None else conditions
    limits = [(each, limit(each, names, rule.kind)) for each in constraints]
    times = [said for _, said in limits if said is not None]
    rest = [each for each, said in limits if said is None]
    action, amount = _amount(rule.action, names)
    found = verb(action.iri, names.vocabulary.action(action.iri), names.vocabulary.label(action.iri))
    party = next((scope for function, scope in rule.functions if local(function) == found.function), None)
    others = [(function, scope) for function, scope in rule.functions if scope is not party]
    done = found.done(assets, who(party, names) if party else None, amount)
    way, case = _way(action, names), _case(rest, rule.kind, names)
    roles = _roles(others, rule.output, names)
    before = roles.ja + "".join(f"{said.ja}、" for said in times) + case.ja + way.ja
    after = way.en + (f" {listed(times).en}" if times else "") + case.en + roles.en
    return Deed(done, before, after)


def _amount(action: Action, names: Names) -> tuple[Action, Message | None]:
    """What is to be paid, said with the verb and no more among the refinements."""
    if local(action.iri) not in {"compensate", "pay"}:
        return action, None
    for each in action.refinements:
        if isinstance(each, Constraint) and each.left == _PAY_AMOUNT and each.operator in _AT_LEAST and each.right:
            rest = tuple(other for other in action.refinements if other is not each)
            return replace(action, refinements=rest), _price(each, names)
    return action, None


def _price(constraint: Constraint, names: Names) -> Message:
    value = names.value(constraint.right[0], _PAY_AMOUNT, constraint.data_type, constraint.unit)
    if constraint.operator.endswith("gteq"):
        return say("{value}以上", "at least {value}", value=value)
    return value


def _case(rest: Sequence[Condition], kind: RuleKind, names: Names) -> Message:
    if not rest:
        return NOTHING
    holds = together(rest, names)
    if kind is RuleKind.PERMISSION:
        return say("{holds}場合に限り、", ", provided that {holds}", holds=holds)
    return say("{holds}場合は、", " if {holds}", holds=holds)


def _way(action: Action, names: Names) -> Message:
    if not action.refinements:
        return NOTHING
    return say("{how}形で、", " such that {how}", how=together(action.refinements, names))


def _roles(functions: Sequence[tuple[str, Scope]], output: Scope | None, names: Names) -> Message:
    said = [
        say(
            "{role}を{party}として、",
            " ({role}: {party})",
            role=names.vocabulary.label(function),
            party=who(scope, names),
        )
        for function, scope in functions
    ]
    if output is not None:
        said.append(say("結果を{asset}として、", " (the result is {asset})", asset=what(output, names)))
    return joined(said)


def who(scope: Scope, names: Names) -> Message:
    """A party."""
    return _narrowed(scope, names, ("{named}のメンバー", "each member of {named}"), ("者", "of whom"))


def what(scope: Scope, names: Names) -> Message:
    """An asset."""
    return _narrowed(scope, names, ("{named}に含まれる資産", "each asset of {named}"), ("もの", "for which"))


def _narrowed(scope: Scope, names: Names, whole: tuple[str, str], which: tuple[str, str]) -> Message:
    named = names.thing(scope.iri)
    if scope.collection:
        named = say(*whole, named=_UNNAMED if scope.iri.startswith("_:") else named)
    if not scope.refinements:
        return named
    those = together(scope.refinements, names)
    return say(f"{{named}}（{{those}}{which[0]}）", f"{{named}} (those {which[1]} {{those}})", named=named, those=those)


def all_of(scopes: Sequence[Scope], names: Names, *, assets: bool) -> Message:
    """Several parties or assets of one rule."""
    return listed(abridged([what(each, names) if assets else who(each, names) for each in scopes]), AND)

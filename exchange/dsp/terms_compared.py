"""What two policies of messages have in common: the same terms in another spelling, or what a counter-offer changes.

Names and parties are left aside; the asset counts where both name one. A value is compared by its text: peers drop the
datatypes of XML Schema, and write IRIs as text, when they hand an offer back. So who concludes an agreement takes its
own offer, not the one handed back.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import orjson

from exchange.dsp.errors import ProtocolError
from exchange.dsp.policy_rdf import (
    NAMING,
    PARTIES,
    RULES,
    Policy,
    condition_key,
    expanded,
    lexical,
    others,
    policy_triples,
    rule_key,
    term,
    unknown_members,
)
from exchange.policy.explaining import sentence
from exchange.policy.model import Condition, PolicyKind, Rule, RuleKind
from exchange.policy.normalising import read_policy
from exchange.policy.vocabulary import Vocabulary, shipped
from exchange.policy.wording.clauses import statement
from exchange.policy.wording.naming import Names
from exchange.policy.wording.phrasing import quoted, say
from ontology.description import Description
from ontology.messages import Message
from ontology.terms import XSD

_PLACE = "urn:renkei:compared"
_SHOWN = 50  # differences; nobody reads more
_OBJECTS = ('{"@id":', '{"@value":', '{"@type":', '{"@language":')
_SAID = frozenset(("@id", "@value"))
_OF_A_VALUE = frozenset(("@id", "@value", "@type", "@language"))
_NO_TERMS = frozenset((*NAMING, *PARTIES, "timestamp"))
_THE_DATA = Message(ja="対象のデータ", en="the data")
_KINDS = {
    "permission": Message(ja="許可", en="permission"),
    "prohibition": Message(ja="禁止", en="prohibition"),
    "obligation": Message(ja="義務", en="obligation"),
}


def same_terms(one: Policy, other: Policy) -> bool:
    """Whether two policies have the same rules under the same profiles, and are not about different assets."""
    return (_bare(one) == _bare(other) or _terms(one) == _terms(other)) and not _about_others(one, other)


def differences(
    old: Policy, new: Policy, vocabulary: Vocabulary | None = None, titles: Mapping[str, Message] | None = None
) -> list[Message]:
    """What a counter-offer changes, a sentence each; none if the terms are the same.

    Args:
        titles: of assets and parties, as the catalog and the registry know them.
    """
    asset = expanded(new.get("target") or old.get("target") or _PLACE)
    telling = _Telling(Names(vocabulary or shipped(), {_PLACE: _THE_DATA, **(titles or {})}), asset)
    each = (told for kind in RULES for told in telling.rules(kind, old.get(kind, ()), new.get(kind, ())))
    found = list(islice(each, _SHOWN))
    if not found and _terms(old) != _terms(new):
        found.append(say("プロファイルまたは他の項目が変わっています。", "The profile or another member has changed."))
    if _about_others(old, new):
        thing = telling.names.thing(expanded(new["target"]))
        found.insert(0, say("対象が{thing}に変わっています。", "The asset has become {thing}.", thing=thing))
    return found


def _about_others(one: Policy, other: Policy) -> bool:
    """Whether each names an asset, and not the same: the rules of one file, agreed for another, are a fraud."""
    named = [expanded(each["target"]) for each in (one, other) if each.get("target")]
    return len(set(named)) > 1


def _bare(policy: Policy) -> Policy:
    """What it says under no names: where that is spelt alike, nothing else is to be compared."""
    return {name: value for name, value in policy.items() if name not in _NO_TERMS}


def _terms(policy: Policy) -> Hashable:
    profile = policy.get("profile", [])
    return (
        frozenset((kind, _rule(rule)) for kind in RULES for rule in policy.get(kind, ())),
        frozenset(expanded(each) for each in ([profile] if isinstance(profile, str) else profile)),
        others(unknown_members(policy), ()),
    )


def _rule(rule: Policy) -> Hashable:
    return rule_key(rule, _text)


def _condition(condition: Policy) -> Hashable:
    return condition_key(condition, _text)


def _text(value: Any) -> Hashable:
    if not isinstance(value, Mapping):
        written = _written_out(value)
        return lexical(value) if written is None else _text(written)
    if "@id" in value:
        return expanded(value["@id"])
    text, language = lexical(value["@value"]), value.get("@language")
    datatype = expanded(value.get("@type", XSD.NAMESPACE))
    if language or not datatype.startswith(XSD.NAMESPACE):
        return (text, str(language).lower(), datatype)
    return text


def _written_out(value: Any) -> Mapping[str, Any] | None:
    """The object that EDC hands back as the text of its JSON."""
    if not isinstance(value, str) or not value.startswith(_OBJECTS):
        return None
    try:
        found = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    whole = isinstance(found, dict) and all(isinstance(each, str) for each in found.values())
    return found if whole and found.keys() <= _OF_A_VALUE and len(found.keys() & _SAID) == 1 else None


def _operand(condition: Policy) -> str:
    return term(condition.get("leftOperand", ""))


class _Telling:
    """Says differences in words.

    Attributes:
        asset: what the policies are about.
    """

    def __init__(self, names: Names, asset: str) -> None:
        self.names = names
        self.asset = asset

    def rules(self, kind: str, old: Sequence[Policy], new: Sequence[Policy]) -> Iterator[Message]:
        """Rules of one kind: of those that differ, two of one action are one that changed."""
        before, after = {_rule(rule): rule for rule in old}, {_rule(rule): rule for rule in new}
        gone = [rule for key, rule in before.items() if key not in after]
        come = [rule for key, rule in after.items() if key not in before]
        for rule in gone:
            partner = next((each for each in come if term(each["action"]) == term(rule["action"])), None)
            if partner is None:
                yield say("なくなった規則: {rule}", "No longer there: {rule}", rule=self._sentence(kind, rule))
            else:
                come.remove(partner)
                yield from self._changed(kind, rule, partner)
        for rule in come:
            yield say("加わった規則: {rule}", "Added: {rule}", rule=self._sentence(kind, rule))

    def _changed(self, kind: str, old: Policy, new: Policy) -> Iterator[Message]:
        before = {_condition(each): each for each in old.get("constraint", ())}
        after = {_condition(each): each for each in new.get("constraint", ())}
        gone = [each for key, each in before.items() if key not in after]
        come = [each for key, each in after.items() if key not in before]
        act = self.names.concept(term(old["action"]))
        said = {"what": say("{act}の{kind}", "the {kind} of {act}", act=act, kind=_KINDS[kind])}
        for each in gone:
            partner = next((one for one in come if _operand(one) == _operand(each) != ""), None)
            was = self._statement(each)
            if partner is None:
                yield say(
                    "{what}から条件{was}がなくなっています。",
                    "Of {what}, the condition {was} is gone.",
                    was=was,
                    **said,
                )
            else:
                come.remove(partner)
                now = self._statement(partner)
                yield say(
                    "{what}の条件{was}が{now}に変わっています。",
                    "Of {what}, the condition {was} has become {now}.",
                    was=was,
                    now=now,
                    **said,
                )
        for each in come:
            now = self._statement(each)
            yield say(
                "{what}に条件{now}が加わっています。", "Of {what}, the condition {now} is added.", now=now, **said
            )
        if not gone and not come and before == after:
            yield say("{what}の他の項目が変わっています。", "Another member of {what} has changed.", **said)

    def _sentence(self, kind: str, rule: Policy) -> Message:
        read = self._read(kind, rule)
        if read is None:
            return say(
                "{act}の{kind}（解釈できません）。",
                "{kind} of {act} (it cannot be read).",
                act=self.names.concept(term(rule["action"])),
                kind=_KINDS[kind],
            )
        return sentence(read, PolicyKind.OFFER, self.names)

    def _statement(self, condition: Policy) -> Message:
        read = self._read("permission", {"action": "use", "constraint": [condition]})
        conditions: Sequence[Condition] = read.constraints if read is not None else ()
        return quoted(
            statement(conditions[0], self.names)
            if conditions
            else Message(ja="解釈できない条件", en="one that cannot be read")
        )

    def _read(self, kind: str, rule: Policy) -> Rule | None:
        """One rule as the engine reads it."""
        try:
            policy_of_it = {"@id": _PLACE, "@type": "Offer", "target": self.asset, kind: [rule]}
            triples = policy_triples(policy_of_it, named=True)
        except ProtocolError:
            return None
        policy = read_policy(Description.of(_PLACE, triples), knows_profile=lambda profile: True)
        return next((each for each in policy.rules if each.kind is RuleKind(kind)), None)

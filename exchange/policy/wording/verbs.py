"""Actions as verbs: what somebody does with an asset, ready to follow "may", "must" or できます."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from exchange.policy.wording.phrasing import NOTHING, quoted, say
from ontology.messages import Message
from ontology.terms import ODRL

_FILE = Path(__file__).parent / "actions.toml"
_NAMESPACES = (ODRL.NAMESPACE, "http://creativecommons.org/ns#", "https://dalicc.net/ns#")
_PARTICLE = re.compile("^(?:を|に|の|から|について)")
COMPENSATION = Message(ja="対価", en="compensation")


@dataclass(frozen=True, slots=True)
class Done:
    """A deed in words.

    Attributes:
        en: base form with its object, "print <a>".
        ja: dictionary form, <a>を印刷する.
        ja_negative: what なければなりません follows.
        ja_te: what はなりません follows.
    """

    en: str
    ja: str
    ja_negative: str
    ja_te: str

    @property
    def ja_can(self) -> str:
        """できます form."""
        return self.ja.removesuffix("する") + "できます" if self.ja.endswith("する") else self.ja + "ことができます"


@dataclass(frozen=True, slots=True)
class Verb:
    """How an action reads; see actions.toml."""

    en: str
    ja: str
    particle: str = "を"
    forms: tuple[str, ...] = ()
    function: str | None = None
    to: tuple[str, str] = ("", "")

    def done(self, asset: Message | None, party: Message | None, amount: Message | None) -> Done:
        """The deed, where the asset and others are named already; without an asset English says "it"."""
        toward = say("{party}" + self.to[1], self.to[0] + "{party}", party=party) if party else NOTHING
        parts = {"asset": asset or Message("", "it"), "party": toward, "amount": amount or COMPENSATION}
        thing = asset.ja + self.particle if asset is not None else _PARTICLE.sub("", self.particle)
        lead = toward.ja + (thing if "{asset}" in self.en else "")
        endings = self.forms or (self.ja + "する", self.ja + "し", self.ja + "して")
        dictionary, negative, te = (lead + say(form, "", **parts).ja for form in endings)
        return Done(say("", self.en, **parts).en, dictionary, negative, te)


_UNNAMED = Verb("do something that is not named with {asset}", "名前のない行為を実施", "について")


@cache
def _verbs() -> Mapping[str, Verb]:
    tables = tomllib.loads(_FILE.read_text("utf-8"))
    return {
        name: Verb(
            table["en"],
            table["ja"],
            table.get("particle", "を"),
            tuple(table.get("forms", ())),
            table.get("function"),
            tuple(table.get("to", ("", ""))),
        )
        for name, table in tables.items()
    }


def verb(action: str, canonical: str | None, label: Message) -> Verb:
    """How an action reads.

    Args:
        action: IRI as the policy writes it.
        canonical: IRI that the vocabulary knows it by; None if it knows none.
        label: by which an action without wording of its own is named.
    """
    for iri in (action, canonical):
        found = _verbs().get(_local(iri)) if iri else None
        if found is not None:
            return found
    if not action:
        return _UNNAMED
    name = quoted(label)
    unknown = Message(ja="（語彙にない行為）", en=" (unknown action)") if canonical is None else NOTHING
    # Braces of a name must stay what they are when the pattern is filled.
    return Verb(
        f"do {_still(name.en)}{unknown.en} with {{asset}}",
        f"{_still(name.ja)}{unknown.ja}を実施",
        "について",
    )


def _local(iri: str) -> str:
    """Local name in the vocabularies that the wording covers; nothing for the same name elsewhere."""
    for namespace in _NAMESPACES:
        if iri.startswith(namespace):
            return iri.removeprefix(namespace)
    return ""


def _still(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")

"""JSON-LD before a parser sees it: bounded, unambiguous, and with every context at hand.

Nothing is fetched: a known context address is replaced by our document of it, an unknown one is an error that names it.
"""

import json
import re
from collections.abc import Callable
from typing import Any, NoReturn

import orjson

from ontology.faults import Fault, Limits, Unreadable, shortened
from ontology.jsonld_contexts import known_context
from ontology.jsonld_lost import KEYWORD_LIKE, KEYWORDS, LostTerms
from ontology.messages import Message
from ontology.prescan import too_deep

_BRACKETS = re.compile(rb'[\[{]|[\]}]|"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_INSERTED_BYTES = 8 << 20  # contexts put in, all together: a megabyte of references must not become a gigabyte

_TWICE = Message(
    ja="同じ名前が一つのオブジェクトに二度あります。後の値を使いました。",
    en="One object gives this name twice. The last value was taken.",
)
_KEYWORD_KEY = Message(
    ja="@ で始まる語は JSON-LD のために空けてあります。この鍵の値は除かれます。",
    en="Words that start with @ are kept free for JSON-LD; the values of this key are left out.",
)
_KEYWORD_ID = Message(
    ja="@ で始まる語は IRI になりません。この値は除かれます。",
    en="A word that starts with @ is no IRI; the value is left out.",
)


def prepared(data: bytes, limits: Limits, report: Callable[[Fault], None]) -> bytes:
    """The document with its contexts put in.

    Raises:
        Unreadable: no JSON, nested too deep, with NaN, NUL or half a surrogate pair, or with an unknown context.
    """
    _check_depth(data, limits)
    twice: list[str] = []
    document = _loaded(data, limits, twice)
    for key in twice:
        report(Fault("json", None, None, shortened(key), _TWICE))
    if not isinstance(document, (dict, list)):
        raise Unreadable(
            Message(ja="JSON-LD はオブジェクトか配列で始まります。", en="JSON-LD is an object or an array of objects.")
        )
    contexts = _Contexts(limits, report)
    walked = contexts.put_in(_hoisted(document))
    for fault in contexts.lost.faults(document):
        report(fault)
    # As given where nothing was put in: numbers keep their spelling. A key given twice must reach the parser once.
    return orjson.dumps(walked) if contexts.changed or twice else data


def _check_depth(data: bytes, limits: Limits) -> None:
    depth = 0
    for token in _BRACKETS.finditer(data):
        char = data[token.start()]
        if char in b"[{":
            depth += 1
            if depth > limits.depth:
                line, column = _place(data, token.start())
                raise Unreadable(too_deep(limits.depth), line, column)
        elif char in b"]}":
            depth -= 1


def _place(data: bytes, at: int) -> tuple[int, int]:
    return data.count(b"\n", 0, at) + 1, at - data.rfind(b"\n", 0, at)


def _loaded(data: bytes, limits: Limits, twice: list[str]) -> Any:
    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(items)
        if len(result) < len(items):
            seen: set[str] = set()
            for key, _ in items:
                if key in seen:
                    twice.append(key)
                seen.add(key)
        return result

    def integer(digits: str) -> int:
        if len(digits) > limits.integer_digits:
            raise Unreadable(Message(ja="整数の桁数が多すぎます。", en="An integer has too many digits."))
        return int(digits)

    try:
        document = json.loads(data, object_pairs_hook=pairs, parse_constant=_no_constant, parse_int=integer)
    except json.JSONDecodeError as error:
        raise Unreadable(_no_json(error.msg), error.lineno, error.colno) from error
    except RecursionError as error:
        raise Unreadable(too_deep(limits.depth)) from error
    if b"\\u" in data:
        _check_strings(document)
    return document


def _no_json(reason: str) -> Message:
    return Message(ja=f"JSON として読めません({reason})。", en=f"This is not JSON: {reason}.")


def _no_constant(name: str) -> NoReturn:
    raise Unreadable(Message(ja=f"{name} は JSON の値ではありません。", en=f"{name} is no JSON value."))


def _check_strings(value: Any) -> None:
    if isinstance(value, str):
        if "\0" in value or _SURROGATE.search(value):
            raise Unreadable(
                Message(
                    ja=r"文字列に \u0000 か対にならないサロゲートがあります。",
                    en=r"A string holds \u0000 or half a surrogate pair.",
                )
            )
    elif isinstance(value, dict):
        for key, member in value.items():
            _check_strings(key)
            _check_strings(member)
    elif isinstance(value, list):
        for member in value:
            _check_strings(member)


def _hoisted(document: Any) -> Any:
    """An array of documents of one context as one document, so that the context is put in once."""
    if not isinstance(document, list) or len(document) < 2:
        return document
    if not all(isinstance(item, dict) and "@context" in item for item in document):
        return document
    context = document[0]["@context"]
    if any(item["@context"] != context or ("@graph" in item and len(item) == 2) for item in document):
        return document
    return {"@context": context, "@graph": [{k: v for k, v in item.items() if k != "@context"} for item in document]}


class _Contexts:
    def __init__(self, limits: Limits, report: Callable[[Fault], None]) -> None:
        self.changed = False
        self.lost = LostTerms()
        self._limits = limits
        self._report = report
        self._seen: set[bytes] = set()
        self._inserted = 0
        self._inside = 0

    def put_in(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.put_in(member) for member in value]
        if not isinstance(value, dict):
            return value
        given_id = value.get("@id")
        if isinstance(given_id, str) and KEYWORD_LIKE.fullmatch(given_id):
            self._report(Fault("term", None, None, given_id, _KEYWORD_ID))
        for key in value:
            if key[:1] == "@" and key not in KEYWORDS and KEYWORD_LIKE.fullmatch(key):
                self._report(Fault("term", None, None, key, _KEYWORD_KEY))
        return {
            key: self._context(member) if key == "@context" else self.put_in(member) for key, member in value.items()
        }

    def _context(self, context: Any) -> Any:
        if not self._inside:  # a scoped context is part of the one around it
            self._count(context)
        if isinstance(context, str):
            return self._known(context)
        if isinstance(context, list):
            return [
                self._context(member) if not isinstance(member, dict) else self._local(member) for member in context
            ]
        return self._local(context) if isinstance(context, dict) else context

    def _count(self, context: Any) -> None:
        if isinstance(context, list) and len(context) > self._limits.contexts:
            raise Unreadable(_too_many(self._limits.contexts))
        self._seen.add(orjson.dumps(context, option=orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_SUBCLASS))
        if len(self._seen) > self._limits.contexts:
            raise Unreadable(_too_many(self._limits.contexts))

    def _local(self, context: dict[str, Any]) -> dict[str, Any]:
        self.lost.learn(context)
        self._inside += 1
        local = {key: self.put_in(value) for key, value in context.items() if key != "@import"}
        self._inside -= 1
        if "@import" in context:
            imported = self._known(str(context["@import"]))
            self.changed = True
            return {**imported, **local}
        return local

    def _known(self, address: str) -> dict[str, Any]:
        known = known_context(address)
        if known is None:
            raise Unreadable(
                Message(
                    ja=f"@context {shortened(address)} は登録されていないため展開できません(取りに行きません)。"
                    "文書の中に書くか、運用者に登録を頼んでください。",
                    en=f"The @context {shortened(address)} is not known here and contexts are never fetched. "
                    "Write it into the document, or ask the operator to add it.",
                )
            )
        self.changed = True
        self._inserted += known.size_bytes
        if self._inserted > _INSERTED_BYTES:
            raise Unreadable(_too_many(self._limits.contexts))
        self.lost.learn(known.terms)
        return known.terms


def _too_many(contexts: int) -> Message:
    return Message(
        ja=f"@context が多すぎます(上限 {contexts})。文書の先頭にまとめてください。",
        en=f"More than {contexts} contexts. Put one at the start of the document.",
    )

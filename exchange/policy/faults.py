"""What can be wrong with a policy, each with its cost and a sentence in both languages."""

from collections.abc import Mapping
from types import MappingProxyType

from exchange.policy.model import Fault, Severity
from ontology.faults import shortened
from ontology.messages import Message

_VOID, _UNKNOWN, _NOTED = Severity.VOID, Severity.UNKNOWN, Severity.NOTED

# {} stands for the node or term that the fault names; nothing of a policy is ever used as a template.
FAULTS: Mapping[str, tuple[Severity, str, str]] = MappingProxyType(
    {
        "no-policy": (_VOID, "ポリシーが見つかりません。", "There is no policy here."),
        "several-policies": (_VOID, "ポリシーが二つ以上あります。", "There are several policies here; name one."),
        "policy-classes": (_VOID, "両立しないポリシーの型が付いています。", "Its classes exclude each other."),
        "policy-class": (
            _VOID,
            "ODRL に {} というポリシーの型はありません。評価してはならない Offer かもしれません。",
            "ODRL has no class {} of policies. It may be meant as an Offer, which must not be evaluated.",
        ),
        "unknown-profile": (
            _VOID,
            "プロファイル {} は登録されていません。知らないプロファイルのポリシーは評価できません。",
            "The profile {} is not known here, and a policy of an unknown profile must not be evaluated.",
        ),
        "unknown-conflict": (
            _VOID,
            "競合の扱い {} は定められていません。",
            "The conflict strategy {} is none of ODRL.",
        ),
        "conflict-values-differ": (
            _NOTED,
            "継承した競合の扱いが異なります。競合が起きればポリシー全体が無効です。",
            "Inherited conflict strategies differ: if a conflict arises, the policy is void.",
        ),
        "inheritance-circle": (_VOID, "継承が {} で循環しています。", "The inheritance goes in a circle at {}."),
        "parent-missing": (_VOID, "継承元 {} が見つかりません。", "The policy {} it inherits from is not at hand."),
        "replacement-missing": (_VOID, "置き換え先 {} が見つかりません。", "Its replacement {} is not at hand."),
        "replacement-circle": (_VOID, "置き換えが {} で循環しています。", "The replacements go in a circle at {}."),
        "too-many-policies": (_VOID, "継承元が 32 を超えます。", "It inherits from more than 32 policies."),
        "too-many-rules": (_VOID, "規則が 10,000 を超えます。", "It has more than 10,000 rules."),
        "too-many-constraints": (_VOID, "制約が多すぎます。", "It has too many constraints."),
        "too-deep": (_VOID, "制約の入れ子が 100 段を超えます。", "Its constraints are nested more than 100 deep."),
        "constraint-circle": (_UNKNOWN, "論理制約が循環しています。", "A logical constraint contains itself."),
        "rule-not-a-node": (_VOID, "規則が文字列で書かれています。", "A rule is written as a literal."),
        "rule-class": (
            _UNKNOWN,
            "規則の型が、それを指す性質と合いません。",
            "The class of the rule is not that of the property which leads to it.",
        ),
        "rule-without-action": (
            _UNKNOWN,
            "規則に行為がありません。許可なら何も許さず、禁止なら全てを禁じます。",
            "The rule names no action: a permission then grants nothing, a prohibition forbids everything.",
        ),
        "rule-property": (
            _UNKNOWN,
            "規則の性質 {} の意味が分かりません。制約かもしれないため、許可は与えません。",
            "The property {} of the rule has no meaning here. It may restrict the rule, so nothing is granted by it.",
        ),
        "policy-property": (
            _VOID,
            "ポリシーの性質 {} の意味が分かりません。禁止や制約かもしれないため、評価しません。",
            "The property {} of the policy has no meaning here. It may forbid or restrict, so nothing is evaluated.",
        ),
        "part-property": (
            _UNKNOWN,
            "行為・対象・当事者・制約の性質 {} の意味が分かりません。絞り込みかもしれないため、値は不明です。",
            "The property {} has no meaning at an action, asset, party or constraint. It may restrict the rule.",
        ),
        "constraint-incomplete": (
            _UNKNOWN,
            "制約には左辺・演算子・右辺が一つずつ要ります。",
            "A constraint needs one left operand, one operator and a right operand.",
        ),
        "constraint-ambiguous": (
            _UNKNOWN,
            "一つの制約に、二つの組み合わせ方、組み合わせと比較の両方、または二つの型・単位・使用済みの値があります。",
            "One constraint combines in two ways, combines and compares at once, or has two datatypes or units.",
        ),
        "list-broken": (_UNKNOWN, "リストが壊れているか空です。", "A list is broken or empty."),
        "not-fetched": (
            _UNKNOWN,
            "右辺の参照 {} は取りに行きません。値を書いてください。",
            "The referenced right operand {} is never fetched; write the value.",
        ),
        "policy-constraint": (
            _NOTED,
            "ポリシー自体の制約は ODRL にありません。全ての許可の制約として扱います。",
            "ODRL has no constraints of a whole policy; it is taken as one of each permission.",
        ),
        "policy-duty": (
            _NOTED,
            "ポリシー自体の duty は ODRL にありません。全ての許可の前提となる義務として扱います。",
            "ODRL has no duties of a whole policy (obligations it has); it is taken as one of each permission.",
        ),
        "unnamed-scope": (
            _UNKNOWN,
            "対象または当事者に名前がありません。",
            "An asset or party has neither a name nor a source.",
        ),
        "scope-name": (
            _UNKNOWN,
            "対象または当事者の名前 {} は絶対 IRI ではありません。何を指すか分からないため、許可は与えません。",
            "The name {} of an asset or party is no absolute IRI. Nobody can tell what it means: nothing is granted.",
        ),
        "scope-literal": (
            _UNKNOWN,
            "対象または当事者が文字列 {} で書かれています。IRI で書いてください。許可は与えません。",
            "An asset or party is written as a text ({}). Write its IRI; nothing is granted by the rule.",
        ),
        "key-dropped": (
            _VOID,
            "JSON の鍵 {} は @context に定義がなく、読み飛ばされました。制約かもしれないため、評価しません。",
            "No context defines the JSON key {}, so it was lost. It may restrict a rule, so nothing is evaluated.",
        ),
        "part-astray": (
            _VOID,
            "規則か制約らしい {} が、どのポリシーにも属していません。外れた制約かもしれないため、評価しません。",
            "What may be a rule or constraint ({}) belongs to no policy. It may have come loose: nothing is evaluated.",
        ),
        "dataspace-class": (
            _VOID,
            "Dataspace Protocol のポリシーは Offer か Agreement のどちらか一つです。",
            "A policy of the Dataspace Protocol is either an Offer or an Agreement.",
        ),
        "dataspace-no-rule": (
            _VOID,
            "Dataspace Protocol のポリシーには許可か禁止が要ります。義務だけでは足りません。",
            "A policy of the Dataspace Protocol needs a permission or a prohibition; obligations alone are not enough.",
        ),
        "dataspace-missing": (
            _VOID,
            "Dataspace Protocol の Agreement には {} が要ります。",
            "An Agreement of the Dataspace Protocol needs {}.",
        ),
        "dataspace-offer-target": (
            _VOID,
            "カタログの Offer は target を持てません。対象は Offer を持つデータセットです。",
            "An Offer in a catalog has no target: it is about the dataset that has it.",
        ),
        "dataspace-rule-target": (
            _VOID,
            "Dataspace Protocol では規則に target を書けません。Offer または Agreement に書いてください。",
            "In the Dataspace Protocol a rule has no target: write it at the Offer or the Agreement.",
        ),
        "dataspace-beyond": (
            _VOID,
            "Dataspace Protocol 2025-1 では {} をここに書けません。",
            "The Dataspace Protocol 2025-1 does not allow {} here.",
        ),
        "left-operand": (
            _UNKNOWN,
            "左辺 {} は宣言されていません。値を知る方法がありません。",
            "The left operand {} is not declared, so its value cannot be known.",
        ),
        "operator": (_UNKNOWN, "演算子 {} は知られていません。", "The operator {} is not known."),
        "right-operand": (
            _UNKNOWN,
            "右辺がこの左辺の値の型に合いません。",
            "The right operand is not a value of the kind that the left operand has.",
        ),
        "action": (
            _UNKNOWN,
            "行為 {} は知られていません。許可には当てはまらず、禁止には全て当てはまります。",
            "The action {} is not known: as a permission it matches nothing, as a prohibition everything.",
        ),
    }
)


def fault(code: str, node: str, term: str | None = None) -> Fault:
    """A fault at a node; `term` is what it names, by default the node."""
    severity, ja, en = FAULTS[code]
    named = shortened(node if term is None else term)
    return Fault(code, severity, node, Message(ja.replace("{}", named), en.replace("{}", named)))

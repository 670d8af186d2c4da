"""The templates as a page for people: what each adds to a policy, its parameters, and the CADDE form."""

from collections.abc import Iterator

from exchange.policy.templates.catalogue import Template, templates

_HEAD = """# Terms of use

A policy is filled from templates (`exchange/policy/templates/*.toml`): each adds to one permission, and any number of
them combine. A policy that came from elsewhere is read back into them, whatever its spelling, if it says nothing that
templates cannot say. What is attested rests on the contract alone: nothing checks it, so without the contract's word
nothing is permitted.

"""
_CADDE = """## The contract form of CADDE

The fields of CADDE 4.0 (items 13010 to 13150) are taken as the catalog tool keeps them and as CKAN stores them, and are
written back. Values that restrict nothing (制限なし, 求めない, 無償, 特になし) become no rule. Free text, 個別調整 and
個別相談 are kept as notices, which the contract has to attest.

| item | field | template |
|---|---|---|
| 13010 | `trading_policy_contract_type` | `cadde-contract-type` |
| 13020 | `trading_policy_nda` | `cadde-nda` |
| 13030 | `trading_policy_use_application` | `purposes` |
| 13040 | `scope_of_disclosure` | `cadde-disclosure` |
| 13050 | `terms_of_use_permissible_region` | `region` |
| 13060 | `terms_of_use_notices` | `cadde-notices` |
| 13070 | `privacy_policy_contains_personal_data` | `cadde-personal-data` |
| 13080 | `data_effective_period` | `cadde-effective-period` |
| 13090 | `usage_license_period` | `until`, or `cadde-licence-period` |
| 13100 | `fee` | `fee`, or `paid` with an exact price in yen |
| 13110 | `sales_info_url` | `cadde-sales-info` |
| 13120 | `pricing_price_range` | `paid`, or `cadde-price-range` |
| 13130 | `pricing_notices_of_price` | `cadde-price-notices` |
| 13140 | `warranty_express_warranty` | `cadde-warranty` |
| 13150 | `warranty_legal_compliance` | `cadde-law` |
"""


def terms_of_use() -> str:
    """The whole page."""
    return _HEAD + "\n".join(_table()) + "\n\n" + _CADDE


def _table() -> Iterator[str]:
    yield "| template | 日本語 | what it does | parameters |"
    yield "|---|---|---|---|"
    for template in templates().values():
        attested = " (attested)" if template.attested else ""
        yield f"| `{template.name}` | {template.label.ja} | {template.help.en}{attested} | {_parameters(template)} |"


def _parameters(template: Template) -> str:
    return ", ".join(
        f"`{each.name}`: {each.kind}{'…' if each.many else ''}{', may be left out' if each.optional else ''},"
        f" as `{each.example}`"
        for each in template.parameters
    )

"""The catalogue items of CADDE 4.0 (item specification of 2023-03) as CKAN holds them, mapped to DCAT or kept as ours.

Where the specification uses a DCAT or Dublin Core term, `loaders.ckan` states it by the general rules; here are
the TradingPolicy, connector control and NGSI items, whose own prefix `sipx` was never given an address.
"""

from types import MappingProxyType
from typing import Final

NAMESPACE: Final = "urn:renkei:cadde:"
"""Namespace of the `sipx` terms; the local name is the specification's."""

# CKAN key to (item number, term). The term is that of the specification's column "property", without `sipx:`.
DATASET_ITEMS: Final = MappingProxyType(
    {
        "term": (12020, "term"),
        "trading_policy_contract_type": (13010, "contractType"),
        "trading_policy_nda": (13020, "nda"),
        "trading_policy_use_application": (13030, "allowedUsage"),
        "scope_of_disclosure": (13040, "scopeOfDisclosure"),
        "terms_of_use_permissible_region": (13050, "permissibleRegion"),
        "terms_of_use_notices": (13060, "notices"),
        "privacy_policy_contains_personal_data": (13070, "containedPersonalDataType"),
        "data_effective_period": (13080, "dataEffectivePeriod"),
        "usage_license_period": (13090, "usageLicensePeriod"),
        "fee": (13100, "fee"),
        "sales_info_url": (13110, "salesInfoURL"),
        "pricing_price_range": (13120, "priceRange"),
        "pricing_notices_of_price": (13130, "noticesOfPrice"),
        "warranty_express_warranty": (13140, "expressWarranty"),
        "warranty_legal_compliance": (13150, "governingLaw"),
        "caddec_provider_id": (14010, "caddecProviderID"),
        "caddec_dataset_id_for_detail": (14020, "caddecDatasetIDForDetail"),
    }
)
RESOURCE_ITEMS: Final = MappingProxyType(
    {
        "schema": (22010, "resourceSchemaURL"),
        "schema_type": (22020, "resourceSchemaType"),
        "ngsi_tenant": (22030, "resourceNgsiTenant"),
        "ngsi_service_path": (22040, "resourceNgsiServicePath"),
        "ngsi_entity_type": (22050, "resourceNgsiType"),
        "ngsi_data_model": (22060, "resourceNgsiDataModel"),
        "caddec_resource_type": (23010, "caddecResourceType"),
        "caddec_contract_required": (23020, "caddecContractRequired"),
        "caddec_required": (23030, "caddecRequired"),
        "caddec_resource_id_for_provenance": (23040, "caddecResourceIDForProvenance"),
    }
)

# The specification's samples store values that are not in its own lists. Both families are in use; this is the second.
_LISTED: Final = MappingProxyType(
    {
        "contractType": {"transfer": "譲渡", "license": "利用許諾", "sharedUse": "共同利用"},
        "nda": {"required": "求める", "notRequired": "求めない"},
        "allowedUsage": {"noLimit": "制限なし"},
        "scopeOfDisclosure": {"noLimit": "制限なし", "限定無し": "制限なし"},
        "permissibleRegion": {"JP": "日本", "noLimit": "制限なし"},
        "containedPersonalDataType": {"nonPersonalInformation": "非個人情報"},
        "fee": {"free": "無償", "charged": "有償"},
        "expressWarranty": {"特に無し": "特になし", "none": "特になし"},
        "governingLaw": {"JP": "日本"},
        "caddecContractRequired": {"required": "要求する", "notRequired": "要求しない"},
        "caddecRequired": {"required": "要求する", "notRequired": "要求しない"},
    }
)


def listed(term: str, value: str) -> str:
    """The value as the specification's value list spells it; any other value as it is."""
    return _LISTED.get(term, {}).get(value.strip(), value)

"""The trading policy of the CADDE 4.0 contract form (items 13010 to 13150), from its fields to ODRL and back.

Fields come as the catalog tool keeps them (with `_free`, `_start` and the like beside them) or as CKAN stores them.
"""

from exchange.policy.cadde.reading import TradingPolicy, read_form
from exchange.policy.cadde.writing import write_form

__all__ = ["TradingPolicy", "read_form", "write_form"]

"""Terms of use as templates: a form fills them into ODRL, and any policy that fits them is read back into the form."""

from exchange.policy.templates.catalogue import Template, templates
from exchange.policy.templates.filling import Frame, combine, fill
from exchange.policy.templates.matching import Filled, match
from exchange.policy.templates.parameters import Kind, Parameter

__all__ = ["Filled", "Frame", "Kind", "Parameter", "Template", "combine", "fill", "match", "templates"]

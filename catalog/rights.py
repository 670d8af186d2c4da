"""Who may change what stands in a catalog already."""

from sqlalchemy import RowMapping

from catalog.errors import WriteForbidden
from participants.principal import Principal


def same_owner(row: RowMapping, principal: Principal) -> None:
    """A resource is changed by who registered it, and by the operator; raises WriteForbidden."""
    if not principal.is_operator and row["owner"] != principal.participant:
        raise WriteForbidden(row["catalog_id"])


def own_draft(row: RowMapping, principal: Principal) -> None:
    """A draft is its owner's alone: the operator, who may write all else, could not even read what it wrote.

    Raises:
        WriteForbidden
    """
    if row["owner"] != principal.participant:
        raise WriteForbidden(row["catalog_id"])

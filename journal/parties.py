"""Whose data a dataset is, where rows are shown to those whom they concern."""

from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select

from stores.exchange_tables import AgreementRow, ReleaseRow, SourceRow


def data_of(participant: str) -> Select[Any]:
    """The datasets whose bytes a participant provides.

    Who registered the source decides, not who describes the dataset: anybody may describe another's under its IRI.
    """
    return select(SourceRow.dataset).where(SourceRow.owner == participant)


def provided_by(participant: str) -> ColumnElement[bool]:
    """Releases of a participant's data: of its sources, or under its agreements."""
    agreed = select(AgreementRow.iri).where(AgreementRow.owner == participant)
    return or_(ReleaseRow.dataset.in_(data_of(participant)), ReleaseRow.agreement.in_(agreed))

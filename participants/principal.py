"""Who is asking. Made only from verified proofs, by the edge of the service or the command line."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["operator", "provider", "reader"]


@dataclass(frozen=True, slots=True)
class Principal:
    """The one on whose behalf a request runs.

    Attributes:
        participant: IRI of the participant, None for the operator and for anonymous readers.
        role: operator (everything but others' drafts), provider (writes what it owns), reader.
        catalogs: ids of the catalogs that a provider may write, None for all.
        authenticated: whether a proof was verified at all.
        token: id of the token that proved it, for the journal.
    """

    participant: str | None = None
    role: Role = "reader"
    catalogs: frozenset[str] | None = None
    authenticated: bool = False
    token: str | None = None

    @property
    def is_operator(self) -> bool:
        """Whether this is the one who runs the service."""
        return self.role == "operator"

    @property
    def name(self) -> str:
        """What the journal writes down as actor."""
        return self.participant or ("operator" if self.is_operator else "anonymous")

    def may_write(self, catalog: str) -> bool:
        """Whether this principal may write into a catalog; the owner of a description is asked besides."""
        if not self.authenticated or self.role == "reader":
            return False
        return self.is_operator or self.catalogs is None or catalog in self.catalogs


ANONYMOUS = Principal()
OPERATOR = Principal(role="operator", authenticated=True)

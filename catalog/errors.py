"""What can go wrong in the catalog.

CatalogError
├── CatalogNotFound, ResourceNotFound, RevisionNotFound     nothing there, or not for this reader
├── ResourceWithdrawn                                       it was there; the tombstone says why
├── CatalogExists, CatalogNameInvalid, ProfileNameInvalid
├── ResourceChanged                                         If-Match names an older revision
├── DescriptionInvalid                                      breaks the catalog's gate
├── NotOneResource                                          a document describes none or several
├── IriTaken, AudienceUnknown, WriteForbidden
├── DraftMissing                                            there is nothing to publish
└── ReplacementNeedsConsent                                 --replace would withdraw too much
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any


class CatalogError(Exception):
    """Any refusal of the catalog."""


class CatalogNotFound(CatalogError):
    """No catalog has this id, or the reader may not see it."""

    def __init__(self, catalog: str) -> None:
        super().__init__(f"no catalog {catalog}")
        self.catalog = catalog


class CatalogExists(CatalogError):
    """The id of a new catalog is taken."""

    def __init__(self, catalog: str) -> None:
        super().__init__(f"there is a catalog {catalog} already")
        self.catalog = catalog


class CatalogNameInvalid(CatalogError):
    """The id of a catalog is 1 to 64 lower-case letters, digits and hyphens, the first no hyphen."""

    def __init__(self, catalog: str) -> None:
        super().__init__(f"{catalog!r} cannot be the id of a catalog")
        self.catalog = catalog


class ProfileNameInvalid(CatalogError):
    """The name of a deployment's profile is 1 to 64 letters, digits, dots and hyphens, and no shipped profile's."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} cannot be the name of a profile of this deployment")
        self.name = name


class ResourceNotFound(CatalogError):
    """No resource has this id or IRI, or the reader may not see it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no resource {name}")
        self.name = name


class RevisionNotFound(CatalogError):
    """The resource has no revision of this number, or the reader may not see it."""

    def __init__(self, name: str, number: int) -> None:
        super().__init__(f"{name} has no revision {number}")
        self.name = name
        self.number = number


class ResourceWithdrawn(CatalogError):
    """The resource was withdrawn; what is left says when and why."""

    def __init__(self, name: str, when: datetime, reason: str | None) -> None:
        super().__init__(f"{name} was withdrawn on {when:%Y-%m-%d}: {reason or 'no reason given'}")
        self.name = name
        self.when = when
        self.reason = reason


class ResourceChanged(CatalogError):
    """Somebody changed the resource since the caller read it."""

    def __init__(self, name: str, current: str) -> None:
        super().__init__(f"{name} is at {current} by now")
        self.name = name
        self.current = current


class DescriptionInvalid(CatalogError):
    """The description breaks the level that its catalog demands; nothing was stored.

    Attributes:
        report: the validation report as JSON.
    """

    def __init__(self, name: str, report: Mapping[str, Any]) -> None:
        super().__init__(f"{name} does not reach the level its catalog demands")
        self.name = name
        self.report = report


class NotOneResource(CatalogError):
    """A document must describe exactly one resource of the kind asked for.

    Attributes:
        found: the IRIs of those it describes.
    """

    def __init__(self, kind: str, found: tuple[str, ...]) -> None:
        super().__init__(f"the document describes {len(found)} resources of kind {kind}, not one")
        self.kind = kind
        self.found = found


class IriTaken(CatalogError):
    """The catalog holds this resource already; PUT changes it.

    Attributes:
        address: where it is.
    """

    def __init__(self, iri: str, address: str) -> None:
        super().__init__(f"{iri} is registered already")
        self.iri = iri
        self.address = address


class AudienceUnknown(CatalogError):
    """An audience is `public`, `participants` or the IRI of a participant."""

    def __init__(self, audience: str) -> None:
        super().__init__(f"{audience!r} is no audience")
        self.audience = audience


class WriteForbidden(CatalogError):
    """The principal may read this, but not write it."""

    def __init__(self, catalog: str) -> None:
        super().__init__(f"no right to write in catalog {catalog}")
        self.catalog = catalog


class DraftMissing(CatalogError):
    """There is no draft to publish."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} has no draft")
        self.name = name


class ReplacementNeedsConsent(CatalogError):
    """A replacement would withdraw more than a fifth of the catalog; nothing was withdrawn.

    Attributes:
        share: the part of the catalog that would go, 0 to 1.
        outcome: the closing table of the load, whose additions and changes were stored.
    """

    def __init__(self, catalog: str, count: int, share: float, outcome: Any) -> None:
        super().__init__(f"{count} resources of {catalog} ({share:.0%}) would be withdrawn")
        self.outcome = outcome
        self.catalog = catalog
        self.count = count
        self.share = share

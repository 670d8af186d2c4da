"""Every address of the service."""

from api.docs import Operation, routes_of
from api.routes import catalogs, operations, resources, search, site, sparql, validation

OPERATIONS: tuple[Operation, ...] = (
    *catalogs.OPERATIONS,
    *resources.OPERATIONS,
    *search.OPERATIONS,
    *sparql.OPERATIONS,
    *validation.OPERATIONS,
    *site.OPERATIONS,
    *operations.OPERATIONS,
)
ROUTES = [*routes_of(OPERATIONS), *site.described_by(OPERATIONS)]

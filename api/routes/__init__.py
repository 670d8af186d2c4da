"""Every address of the service."""

from api.docs import Operation, routes_of
from api.routes import audience, catalogs, operations, policies, publishing, resources, search, site, sparql, validation

OPERATIONS: tuple[Operation, ...] = (
    *resources.OPERATIONS,  # first: routes are tried in order, and these are the hot ones
    *catalogs.OPERATIONS,
    *publishing.OPERATIONS,
    *audience.OPERATIONS,
    *policies.OPERATIONS,
    *search.OPERATIONS,
    *sparql.OPERATIONS,
    *validation.OPERATIONS,
    *site.OPERATIONS,
    *operations.OPERATIONS,
)
ROUTES = [*routes_of(OPERATIONS), *site.described_by(OPERATIONS)]

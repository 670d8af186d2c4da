"""Every address of the service."""

from api.docs import Operation, routes_of
from api.routes import (
    agreements,
    audience,
    audit,
    catalogs,
    data,
    dsp,
    dsp_catalog,
    dsp_documents,
    events,
    exchange,
    offers,
    operations,
    policies,
    publishing,
    resources,
    search,
    site,
    sources,
    sparql,
    tck,
    usage,
    validation,
)

OPERATIONS: tuple[Operation, ...] = (
    *resources.OPERATIONS,  # first: routes are tried in order, and these are the hot ones
    *catalogs.OPERATIONS,
    *publishing.OPERATIONS,
    *audience.OPERATIONS,
    *policies.OPERATIONS,
    *data.OPERATIONS,
    *sources.OPERATIONS,
    *search.OPERATIONS,
    *sparql.OPERATIONS,
    *validation.OPERATIONS,
    *site.OPERATIONS,
    *agreements.OPERATIONS,
    *audit.OPERATIONS,
    *events.OPERATIONS,
    *usage.OPERATIONS,
    *dsp.OPERATIONS,
    *dsp_catalog.OPERATIONS,
    *dsp_documents.OPERATIONS,
    *offers.OPERATIONS,
    *exchange.OPERATIONS,
    *tck.OPERATIONS,
    *operations.OPERATIONS,
)
ROUTES = [*routes_of(OPERATIONS), *site.described_by(OPERATIONS)]

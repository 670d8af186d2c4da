"""For operators: is it alive, is it ready, what are its figures."""

from collections import Counter

from starlette.requests import Request
from starlette.responses import Response

from api.docs import NO_CONTENT, Operation, Parameter
from api.requests import flag, service_of, writer_of
from api.routes.forms import json_answer
from catalog.checking import Check
from catalog.errors import WriteForbidden
from participants.principal import ANONYMOUS
from stores.fulltext.port import SearchRequest

READY_LAG = 5000  # a load may let 2,000 gather, and as many come while these are followed
QUIET_TRIES = 3  # a check is sharp only while nobody writes


async def live(request: Request) -> Response:
    """The process answers."""
    return json_answer({"status": "live"}, cache_control="no-store")


async def ready(request: Request) -> Response:
    """The database answers and the projections are at its heels; else 503, with what is missing."""
    service = service_of(request)
    checks: dict[str, object] = {}
    try:
        checks["journal"] = await service.database.head()
        checks["behind"] = await service.projection.behind()
    except Exception as error:  # whatever is broken, the answer is "not ready", not a 500
        checks["failed"] = type(error).__name__
    fit = "failed" not in checks and int(str(checks["behind"])) <= READY_LAG
    return json_answer(
        {"status": "ready" if fit else "not ready", **checks}, 200 if fit else 503, cache_control="no-store"
    )


async def metrics(request: Request) -> Response:
    """Prometheus figures. Counts of resources are those of the public."""
    service, figures = service_of(request), request.app.state.metrics
    figures.journal.set(await service.database.head())
    for name, lag in zip(("graphs", "fulltext"), await service.projection.lags(), strict=True):
        figures.lag.labels(name).set(lag)
    sight = await service.visibility.of(ANONYMOUS)
    answer = await service.fulltext.search(SearchRequest(audiences=sight.audiences, size=1, facets=("kind",)))
    counts = Counter({bucket.value: bucket.count for bucket in answer.facets.get("kind", ())})
    for kind, n in counts.items():
        figures.resources.labels(kind).set(n)
    return Response(figures.text(), headers={"content-type": "text/plain; version=0.0.4; charset=utf-8"})


async def rebuild(request: Request) -> Response:
    """Make graphs and index anew from the database; only the operator asks for that."""
    principal = await writer_of(request)
    if not principal.is_operator:
        raise WriteForbidden("*")
    await service_of(request).projection.rebuild()
    return Response(status_code=NO_CONTENT)


async def check(request: Request) -> Response:
    """Whether database, graphs and index agree; `repair` mends what can be. Only the operator asks for that."""
    principal = await writer_of(request)
    if not principal.is_operator:
        raise WriteForbidden("*")
    checking, database = Check(service_of(request).projection), service_of(request).database
    for _ in range(QUIET_TRIES):
        head = await database.head()
        report = await (checking.repair() if flag(request, "repair") else checking.run())
        if report.clean or head == await database.head():
            break  # else somebody wrote meanwhile, and what was found may be that
    return json_answer(report.to_json(), cache_control="no-store")


OPERATIONS = (
    Operation("POST", "/operations/check", check, "Prove that database, graphs and index agree", "Operations",
              (Parameter("repair", "Mend what can be mended.", {"type": "boolean"}),), secured=True),
    Operation("POST", "/operations/rebuild", rebuild, "Make graphs and index anew", "Operations", status=NO_CONTENT,
              secured=True),
    Operation("GET", "/health/live", live, "The process answers", "Operations"),
    Operation("GET", "/health/ready", ready, "The service can do its work", "Operations", refuses=(503,)),
    Operation("GET", "/metrics", metrics, "Figures for Prometheus", "Operations", produces=("text/plain",)),
)  # fmt: skip

"""How much was used by whom: figures to share the cost of data by."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api.docs import Operation, Parameter
from api.negotiation import JSON, Form, negotiate
from api.requests import choice, service_of, writer_of
from api.routes.audit import moment
from api.routes.forms import json_answer
from journal.usage import Asked, Period, as_csv, as_json, usage

CSV: Final = Form("csv", "text/csv")
_PERIODS = tuple(period.value for period in Period)


async def used(request: Request) -> Response:
    """Requests and bytes by period, dataset, agreement and participant, as far as the reader may know."""
    reader = await writer_of(request)
    given = request.query_params
    form = negotiate(request.headers.get("accept"), given.get("format"), (JSON, CSV))
    found = await usage(
        service_of(request).database,
        Asked(
            reader=None if reader.is_operator else reader.participant or "",
            period=Period(choice(request, "period", _PERIODS, Period.MONTH.value)),
            since=moment(given.get("since"), "since"),
            until=moment(given.get("until"), "until"),
            participant=given.get("participant") or None,
            dataset=given.get("dataset") or None,
            agreement=given.get("agreement") or None,
        ),
    )
    if form is JSON:
        return json_answer({"usage": as_json(found)}, cache_control="no-store")
    headers = {"cache-control": "no-store", "content-disposition": 'attachment; filename="usage.csv"'}
    return Response(as_csv(found), 200, headers, form.content_type)


OPERATIONS = (
    Operation("GET", "/usage", used, "Requests and bytes by period, dataset, agreement and participant", "Usage",
              (Parameter("period", "What is summed over.", {"type": "string", "enum": list(_PERIODS)}),
               Parameter("since", "From this time on: a date, or a time with its offset."),
               Parameter("until", "Before this time."),
               Parameter("participant", "Only what this participant (IRI) used."),
               Parameter("dataset", "Only this dataset (IRI)."),
               Parameter("agreement", "Only under this agreement (IRI)."),
               Parameter("format", "json or csv, stronger than Accept.")),
              produces=("application/json", "text/csv"), secured=True),
)  # fmt: skip

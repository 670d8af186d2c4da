"""Validation of anything, without storing it."""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.docs import RDF_TYPES, Operation, Parameter
from api.limits import body
from api.negotiation import HTML, JSON, RDF, negotiate
from api.pages import page, reader_language
from api.requests import base_of, service_of
from api.routes.forms import json_answer, off_loop
from api.routes.resources import report_context, report_rdf
from api.views import Text
from loaders.load import Whole, read_whole
from ontology.faults import DocumentTooLarge, Fault, Limits, Unreadable
from ontology.messages import Message
from shapes.report import Report
from shapes.validation import Validator

# A validation holds the document and its graph in memory, some ten times the size of its text.
VALIDATED_BYTES = 128 << 20
TOO_LARGE = Message(
    ja=f"検証できる文書は展開後 {VALIDATED_BYTES:,} バイトまでです。資源ごとに分割するか、"
    "1 件ずつ検証して保存する renkei load を使ってください。",
    en=f"A document to validate may have {VALIDATED_BYTES:,} bytes once decompressed. Split it between resources, or "
    "use renkei load, which validates them one by one as it stores them.",
)


def read_to_validate(given: bytes, *, name: str | None = None, media_type: str | None = None) -> Whole:
    """Read a document of any format that a catalog takes, if it can be validated in bounded memory.

    Raises:
        Unreadable, SyntaxUnknown
    """
    if len(given) > VALIDATED_BYTES:
        raise Unreadable(TOO_LARGE)
    try:
        return read_whole(given, name=name, media_type=media_type, limits=Limits(size_bytes=VALIDATED_BYTES))
    except DocumentTooLarge as error:
        raise Unreadable(TOO_LARGE) from error


async def validate(request: Request) -> Response:
    """Validate an RDF document with a profile at a level."""
    form = negotiate(request.headers.get("accept"), request.query_params.get("format"), (JSON, HTML, *RDF))
    profile, level = request.query_params.get("profile", "dcat-ap"), request.query_params.get("level", "base")
    validator = service_of(request).validator
    report, faults = await off_loop(
        validated, validator, await body(request), request.headers.get("content-type"), profile, level
    )
    language = reader_language(request)
    if form is JSON:
        return json_answer({**report.to_json(), "faults": faults})
    if form is HTML:
        return page(
            "report.html", request, language=language, title=Text(""), page="", trail=[],
            faults=[fault["message"][language] for fault in faults], **report_context(report.to_json(), language),
        )  # fmt: skip
    return Response(
        await off_loop(report_rdf, report, form, base_of(request)), 200, {"vary": "Accept"}, form.content_type
    )


def validated(
    validator: Validator, given: bytes, media_type: str | None, profile: str, level: str
) -> tuple[Report, list[dict[str, Any]]]:
    """The report on a document, and what was found wrong in reading it.

    Raises:
        Unreadable, SyntaxUnknown, ProfileUnknown
    """
    whole = read_to_validate(given, media_type=media_type)
    return validator.validate_document(whole.triples, profile=profile, level=level), faults_json(whole.faults)


def faults_json(faults: Sequence[Fault]) -> list[dict[str, Any]]:
    """What reading found wrong, with line and column where they are known."""
    return [
        {"kind": fault.kind, "line": fault.line, "column": fault.column, "text": fault.text,
         "message": {"ja": fault.message.ja, "en": fault.message.en}}
        for fault in faults
    ]  # fmt: skip


OPERATIONS = (
    Operation("POST", "/validate", validate, "Validate a document without storing it", "Validate", (
        Parameter("profile", "Profile; dcat-ap by default."),
        Parameter("level", "minimum, base, recommended, ranges, codelists or full; base by default."),
        Parameter("format", "Form of the report, stronger than Accept."),
    ), body=RDF_TYPES, produces=("application/json", "text/html", *RDF_TYPES), refuses=(404, 415, 422)),
)  # fmt: skip

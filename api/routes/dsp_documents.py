"""The documents of the Dataspace Protocol as we hold them: JSON Schemas and the JSON-LD context, to read messages by.

Messages name the context of the specification; ours says the same, and is what they are read with here.
"""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.docs import Operation
from api.errors import PageNotFound
from exchange.dsp.checking import SCHEMAS, schema_document
from exchange.dsp.writing import CONTEXT, VERSION
from ontology.jsonld_contexts import known_context

_TAG = "Dataspace Protocol"
_PATH = f"/dsp/{VERSION}"
_HEADERS = {"access-control-allow-origin": "*", "cache-control": "public, max-age=86400"}


async def schema(request: Request) -> Response:
    """A schema document; the others are beside it."""
    name = request.path_params["name"]
    if name not in SCHEMAS:
        raise PageNotFound(request.url.path)
    return Response(schema_document(name), 200, _HEADERS, "application/schema+json")


async def context(request: Request) -> Response:
    """The words of the protocol and of its policies."""
    known = known_context(CONTEXT)
    assert known is not None
    return Response(orjson.dumps({"@context": known.terms}), 200, _HEADERS, "application/ld+json")


OPERATIONS = (
    Operation(
        "GET", f"{_PATH}/schemas/{{name}}.json", schema,
        f"A JSON Schema of the messages of the protocol: {', '.join(SCHEMAS)}.", _TAG,
        produces=("application/schema+json",), refuses=(404,),
    ),
    Operation(
        "GET", f"{_PATH}/context.jsonld", context, "The JSON-LD context that messages are read with here.",
        _TAG, produces=("application/ld+json",),
    ),
)  # fmt: skip

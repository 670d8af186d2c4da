"""What the JSON bodies of offers, negotiations and transfers hold: told in the OpenAPI document, read by the routes."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request

from api.limits import json_body
from api.members import members_of
from exchange.transfers import FORMATS

Schema = Mapping[str, Any]

_TEXT: Final = {"type": "string", "minLength": 1}
_TEXTS: Final = {"type": "array", "minItems": 1, "items": _TEXT}
_OBJECT: Final = {"type": "object"}


def _told(form: Schema, description: str) -> Schema:
    return {**form, "description": description}


def _body(*required: str, **properties: Schema) -> Schema:
    return {
        "type": "object",
        "required": list(required),
        "additionalProperties": False,
        "properties": properties,
    }


_DECLARED: Final = {
    "type": "object",
    "maxProperties": 20,
    "additionalProperties": {"type": "string", "maxLength": 1000},
    "description": "What is stated about the use, by name: purpose and other left operands of ODRL.",
}
NEGOTIATE: Final = _body(
    "provider", "dataset",
    provider=_told(_TEXT, "Participant id of the provider."), dataset=_TEXT,
    offer=_told(_TEXT, "IRI of the offer, where the dataset has several."),
)  # fmt: skip
PROPOSE: Final = _body(
    "consumer", "offer", consumer=_told(_TEXT, "Participant id of the consumer."), offer=_told(_TEXT, "IRI.")
)
COUNTER: Final = _body("offer", offer=_told(_OBJECT, "An ODRL offer as the protocol writes it, or what changes of it."))
TRANSFER: Final = _body(
    "agreement",
    agreement=_told(_TEXT, "IRI."),
    format=_told({"type": "string", "enum": list(FORMATS)}, "HttpData-PULL unless stated."),
    dataAddress=_told(_OBJECT, "Where to, with a PUSH: endpoint and endpointProperties."),
    every=_told(
        {"oneOf": [{"type": "integer", "minimum": 1}, {"type": "string", "enum": ["hourly", "daily"]}]},
        "Pull again and again: after so many seconds.",
    ),
    declare=_DECLARED,
)  # fmt: skip
ENDED: Final = _body("reason", reason=_told(_TEXT, "Told to the other side."), code={"type": "string"})
PROVE: Final = _body(
    method={"type": "string", "enum": ["GET", "HEAD", "POST"]},
    below={"type": "string", "enum": ["", "/changes", "/token"]},
    token=_told(_TEXT, "Where it was changed for a new one since."),
)
OFFER: Final = _body(
    "terms",
    dataset=_told(_TEXT, "IRI of a dataset that is registered; else description and catalog."),
    description=_told(
        {
            "type": "object",
            "required": ["content"],
            "properties": {"content": _TEXT, "mediaType": {"type": "string"}},
        },
        "RDF of one new dataset; text/turtle unless stated.",
    ),
    catalog=_told(_TEXT, "Id of the catalog that a new dataset is for."),
    terms=_told(_OBJECT, "An ODRL offer, or templates: their values by name."),
    approval={"type": "string", "enum": ["rule", "person"]},
    audience=_told(_TEXTS, "Who may negotiate; participants unless stated."),
    source=_told(_OBJECT, "Where the data are, as in PUT /exchange/sources."),
    visibleTo=_told(_TEXTS, "Who sees a new dataset."),
)


async def body_of(request: Request, schema: Schema) -> Mapping[str, Any]:
    """The members of a JSON body; one that its schema does not tell of is refused."""
    return members_of(await json_body(request), "", frozenset(schema["properties"]))

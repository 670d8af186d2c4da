"""Transfers for clients of S3: a bucket each with one object, read-only, behind the same gate as all data."""

from collections.abc import Mapping
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import Response

from api.docs import Operation, Parameter
from api.errors import ParameterInvalid
from api.flow import Flow
from api.request_net import request_id
from api.requests import base_of, service_of, wants_body
from api.routes.data import asked_of, given
from api.routes.forms import opaque_tags
from exchange.addresses import judged_url
from exchange.aws_checking import Asked, SignatureWrong, signer_of
from exchange.errors import ExchangeError
from exchange.release import Wanted
from exchange.release_errors import GrantRefused, ReleaseBusy, ReleaseRefused, SourceUnavailable, SourceUnknown
from exchange.spans import SpanUnsatisfiable
from exchange.storefront import OBJECT, transfer_of
from ontology.messages import Message
from participants.principal import Principal

_XML = "application/xml"
_STATUS = {
    "AccessDenied": 403, "InvalidAccessKeyId": 403, "SignatureDoesNotMatch": 403, "RequestTimeTooSkewed": 403,
    "NoSuchKey": 404, "InvalidArgument": 400, "PreconditionFailed": 412, "InvalidRange": 416, "NotImplemented": 501,
    "ServiceUnavailable": 503, "SlowDown": 503,
}  # fmt: skip
_WORDS = {
    "AccessDenied": Message(
        ja="署名を読めないか、この転送の鍵ではありません。",
        en="The signature cannot be read, or the key is not of this transfer.",
    ),
    "SignatureDoesNotMatch": Message(
        ja="署名が一致しません。シークレットキーとアドレスを確かめてください。",
        en="The signature does not match. See the secret key and the address.",
    ),
    "RequestTimeTooSkewed": Message(
        ja="時計が 15 分以上ずれています。", en="The clock differs from ours by more than 15 minutes."
    ),
    "NoSuchKey": Message(ja="オブジェクトは data だけです。", en="There is no object but data."),
    "PreconditionFailed": Message(ja="データは別の状態です。", en="The data are in another state."),
    "NotImplemented": Message(
        ja="オブジェクトの GET と HEAD だけができます。", en="Only GET and HEAD of the object are possible."
    ),
}
_CODES: Mapping[type[ExchangeError | ParameterInvalid], str] = {
    GrantRefused: "InvalidAccessKeyId", ReleaseRefused: "AccessDenied", SourceUnknown: "ServiceUnavailable",
    SourceUnavailable: "ServiceUnavailable", ReleaseBusy: "SlowDown", ParameterInvalid: "InvalidArgument",
}  # fmt: skip
# Subresources and parts, which a plain GET of S3 has not; what is left of a query are values for the terms.
_OTHERWISE = frozenset(("partNumber", "versionId", "uploadId", "uploads", "acl", "tagging", "attributes", "torrent"))


async def fetch(request: Request) -> Response:
    """The data of a transfer as an object, for who signs with its key pair."""
    try:
        return await _answered(request, await _wish(request))
    except SignatureWrong as error:
        return _refusal(request, error.code, _WORDS[error.code])
    except SpanUnsatisfiable as error:
        answer = _refusal(request, "InvalidRange", error.message)
        answer.headers["content-range"] = f"bytes */{error.size}"
        return answer
    except (*_CODES,) as error:
        code = next(code for kind, code in _CODES.items() if isinstance(error, kind))
        return _refusal(request, code, error.message)


async def _wish(request: Request) -> Wanted:
    """What the signer wants; nothing is told of a bucket to who has no key of it."""
    service, transfer = service_of(request), transfer_of(request.path_params["bucket"])
    key = signer_of(_asked(request), service.exchange.transfers.storefront.secret)
    granted = await service.grants.proved(key)
    bound = granted.bound
    if bound.transfer != transfer:
        raise SignatureWrong("AccessDenied")
    if request.path_params["key"] != OBJECT:
        raise SignatureWrong("NoSuchKey")
    if _OTHERWISE & request.query_params.keys():
        raise SignatureWrong("NotImplemented")
    async with service.exchange.locks.held(transfer):
        pass  # who was just told of the start may ask before its answer to that is stored here
    consumer = Principal(bound.participant, "reader", None, True)
    return Wanted(
        consumer, bound.asset, agreement=bound.agreement, transfer=transfer, grant=granted.hash,
        **asked_of(request, but=("x-id",)),
    )  # fmt: skip


def _asked(request: Request) -> Asked:
    """The request as who signed it knows it: below the public address, whatever stands in front of us."""
    base, raw = base_of(request), request.scope["raw_path"].decode("latin-1").partition("?")[0]
    below = raw.find("/s3/")
    if below < 0:  # spelt with percents, which nobody signs so
        raise SignatureWrong("AccessDenied")
    names = dict.fromkeys(request.headers.keys())
    hosts = (request.headers["host"], judged_url(base).authority)
    return Asked(
        "GET" if wants_body(request) else "HEAD",
        request.app.state.settings.root + raw[below:],
        request.scope["query_string"].decode("latin-1"),
        {name: ",".join(request.headers.getlist(name)) for name in names},
        tuple(dict.fromkeys(hosts)),
    )


async def _answered(request: Request, wanted: Wanted) -> Response:
    needed = opaque_tags(request.headers.get("if-match", ""))
    if needed[0] not in ("", "*"):
        opened = await service_of(request).gate.look(wanted)
        if opened.etag not in needed:
            raise SignatureWrong("PreconditionFailed")
    answer = await given(request, wanted, packs=False)
    sha256 = answer.headers.get("repr-digest", "").removeprefix("sha-256=:").removesuffix(":")
    if sha256 and (not isinstance(answer, Flow) or answer.release.whole):
        answer.headers["x-amz-checksum-sha256"] = sha256  # which clients compare with what arrived
        answer.headers["x-amz-checksum-type"] = "FULL_OBJECT"
    return answer


def _refusal(request: Request, code: str, why: Message) -> Response:
    """An error as S3 writes it, in both languages, for its clients name none."""
    told = f"{why.en} {why.ja}"
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{escape(told)}</Message>"
        f"<RequestId>{escape(request_id(request.scope))}</RequestId></Error>"
    )
    return Response(body, _STATUS[code], {"cache-control": "no-store"}, _XML)


OPERATIONS = (
    Operation("GET", "/s3/{bucket}/{key:path}", fetch, "Pull the data of a transfer with a client of S3", "Data",
              (Parameter("Range", "One span of bytes.", place="header"),
               Parameter("If-Match", "Entity tag of the state that is meant: 412 for another.", place="header"),
               Parameter("Authorization", "AWS Signature Version 4 with the key pair of the transfer's data address.",
                         place="header"),
               Parameter("purpose", "What for, declared; other left operands of ODRL likewise, by name or IRI.")),
              produces=("*/*",), refuses=(403, 404, 412, 416, 501, 503)),
)  # fmt: skip

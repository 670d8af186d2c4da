"""A store on loopback that speaks S3 and checks every signature with the code of AWS's own client."""

import asyncio
import contextlib
import hashlib
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

KEY, SECRET, REGION = "AKIAEXAMPLE", "verysecret/key+of=tests", "ap-northeast-1"
CREDENTIALS = {"accessKey": KEY, "secretKey": SECRET}


def signature_of(method: str, url: str, headers: Mapping[str, str], token: str | None) -> str:
    """The signature that botocore makes of the headers that a request says it signed."""
    named = re.search(r"SignedHeaders=([^,]+)", headers["authorization"])
    assert named is not None
    names = [name for name in named[1].split(";") if name != "host"]
    request = AWSRequest(method, url, {name: headers[name] for name in names})
    request.context["timestamp"] = headers["x-amz-date"]
    auth = S3SigV4Auth(Credentials(KEY, SECRET, token), "s3", REGION)
    canonical = auth.canonical_request(request)
    return str(auth.signature(auth.string_to_sign(request, canonical), request))


class Store:
    """Objects by path; what is not signed rightly is refused."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        self.asked: list[str] = []
        self.refused: list[str] = []
        self.fail_at = 0
        self.writers: list[asyncio.StreamWriter] = []
        self.port = 0

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                line, *rest = head.strip().split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in rest)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                method, target, _ = line.split(" ")
                writer.write(self.answer(method, target, headers, body))
                await writer.drain()

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> bytes:
        self.asked.append(f"{method} {target}")
        if self.fail_at and len(self.asked) == self.fail_at:
            return _answer("503 Slow Down")
        said = re.search(r"Signature=([0-9a-f]{64})", headers.get("authorization", ""))
        token = headers.get("x-amz-security-token")
        right = said is not None and said[1] == signature_of(method, self.endpoint + target, headers, token)
        claimed = headers.get("x-amz-content-sha256", "")
        if not right or claimed not in ("UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest()):
            self.refused.append(f"{method} {target}")
            return _answer("403 Forbidden", b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
        parts = urlsplit(target)
        path, query = unquote(parts.path), dict(parse_qsl(parts.query, keep_blank_values=True))
        return getattr(self, method.lower())(path, query, headers, body)

    def get(self, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> bytes:
        if path not in self.objects:
            return _answer("404 Not Found")
        content = self.objects[path]
        tag = f'etag: "{hashlib.md5(content).hexdigest()}"\r\ncontent-type: text/csv\r\n'
        if "range" not in headers:
            return _answer("200 OK", content, tag)
        first, _, last = headers["range"].removeprefix("bytes=").partition("-")
        start, stop = int(first), int(last) + 1 if last else len(content)
        return _answer(
            "206 Partial", content[start:stop], f"{tag}content-range: bytes {start}-{stop - 1}/{len(content)}\r\n"
        )

    def put(self, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> bytes:
        if "uploadId" in query:
            self.parts[query["uploadId"]][int(query["partNumber"])] = body
        else:
            self.objects[path] = body
        return _answer("200 OK", head=f'etag: "{hashlib.md5(body).hexdigest()}"\r\n')

    def post(self, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> bytes:
        if "uploads" in query:
            self.parts["upload-1"] = {}
            return _answer(
                "200 OK",
                b"<InitiateMultipartUploadResult><UploadId>upload-1</UploadId></InitiateMultipartUploadResult>",
            )
        numbers = [int(number) for number in re.findall(rb"<PartNumber>(\d+)</PartNumber>", body)]
        parts = self.parts.pop(query["uploadId"])
        self.objects[path] = b"".join(parts[number] for number in numbers)
        return _answer("200 OK", b"<CompleteMultipartUploadResult/>")

    def delete(self, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> bytes:
        self.parts.pop(query.get("uploadId", ""), None)
        return _answer("204 No Content")

    async def close(self, listening: asyncio.Server) -> None:
        listening.close()
        for writer in self.writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


def _answer(status: str, body: bytes = b"", head: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\n{head}content-length: {len(body)}\r\n\r\n".encode() + body

"""Well-formed inputs for every front door, and how they are damaged."""

import gzip
import io
import random
import re
import tarfile
import zipfile

from tests.campaign.harness import PREFIXES


def seeds(address: str) -> dict[str, tuple[str, str, bytes]]:
    """For each front door a well-formed input that names the canary wherever something might be fetched."""
    turtle = f'{PREFIXES}@prefix owl: <http://www.w3.org/2002/07/owl#> .\nex:a a dcat:Dataset ; dct:title "人口 \\u00e9"@ja , """long"""@en-US ; owl:imports <{address}> ; dct:issued "2024-01-01"^^<http://www.w3.org/2001/XMLSchema#date> ; dcat:distribution [ a dcat:Distribution ; dcat:byteSize 1.5e3 ; dcat:accessURL <{address}f> ] , ( 1 true <{address}> ) .\n'
    lines = f'<urn:a> <http://purl.org/dc/terms/title> "t\\u00e9\\n"@en .\n_:b <urn:p> "1"^^<http://www.w3.org/2001/XMLSchema#integer> .\n<urn:a> <{address}> <<( <urn:s> <urn:p> "o" )>> .\n'
    xml = f'<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE r [<!ENTITY e SYSTEM "{address}e">]><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dct="http://purl.org/dc/terms/" xml:base="{address}"><rdf:Description rdf:about="urn:a"><dct:title xml:lang="ja">人口&e;</dct:title><dct:x rdf:parseType="Collection"><rdf:Description rdf:nodeID="b"/></dct:x></rdf:Description></rdf:RDF>'
    linked = f'{{"@context": ["{address}c.jsonld", {{"@import": "{address}i.jsonld", "dct": "http://purl.org/dc/terms/"}}], "@id": "urn:a", "@type": "http://www.w3.org/ns/dcat#Dataset", "dct:title": [{{"@value": "人口", "@language": "ja"}}, 1.5, null, true], "@graph": [{{"@id": "_:b", "dct:y": {{"@list": [1, "2"]}}, "@reverse": {{"dct:x": {{"@id": "urn:z"}}}}}}]}}'
    ckan = f'{{"success": true, "result": {{"name": "n", "title": "人口", "notes": "x", "url": "{address}", "extras": [{{"key": "spatial", "value": "{{}}"}}], "tags": [{{"name": "t"}}], "resources": [{{"id": "r", "url": "{address}", "format": "CSV", "size": 12, "created": "2024-01-01T00:00:00"}}], "organization": {{"title": "o"}}}}}}'
    yaml = f"---\nname: n\ntitle: 人口\nnotes: &a x\nurl: {address}\nresources:\n  - {{id: r, url: '{address}', name: *a}}\n---\nname: m\ntitle: t\n"
    dcat_us = f'{{"@context": "{address}", "conformsTo": "https://project-open-data.cio.gov/v1.1/schema", "describedBy": "{address}", "dataset": [{{"@type": "dcat:Dataset", "identifier": "i", "title": "t", "description": "d", "keyword": ["k"], "modified": "R/P1Y", "publisher": {{"name": "p"}}, "contactPoint": {{"fn": "f", "hasEmail": "mailto:a@b.example"}}, "accessLevel": "public", "distribution": [{{"downloadURL": "{address}", "mediaType": "text/csv"}}]}}]}}'
    query = f'PREFIX dct: <http://purl.org/dc/terms/> SELECT ?s (COUNT(*) AS ?n) FROM <{address}> WHERE {{ ?s dct:title ?t . OPTIONAL {{ ?s dct:x/dct:y* ?o FILTER(REGEX(?t, "^(a+)+$") && ?o > 1) }} {{ SERVICE <{address}> {{ ?a ?b ?c }} }} UNION {{ VALUES ?s {{ <urn:a> }} }} }} GROUP BY ?s ORDER BY DESC(?n) LIMIT 5'
    return {
        "Turtle": ("POST /validate", "text/turtle", turtle.encode()),
        "TriG": ("POST /validate", "application/trig", f"{turtle} ex:g {{ ex:a ex:b ex:c }}".encode()),
        "N-Triples": ("POST /validate", "application/n-triples", lines.encode()),
        "N-Quads": ("POST /validate", "application/n-quads", lines.replace(" .\n", " <urn:g> .\n").encode()),
        "RDF/XML": ("POST /validate", "application/rdf+xml", xml.encode()),
        "JSON-LD": ("POST /validate", "application/ld+json", linked.encode()),
        "unnamed": ("POST /validate", "", turtle.encode()),
        "gzip": ("PUT /catalogs/c", "text/turtle", gzip.compress(turtle.encode(), mtime=0)),
        "CKAN JSON": ("PUT /catalogs/c", "application/json", ckan.encode()),
        "CKAN YAML": ("PUT /catalogs/c", "application/yaml", yaml.encode()),
        "DCAT-US": ("PUT /catalogs/c", "application/json", dcat_us.encode()),
        "a dataset": ("POST /catalogs/c/datasets", "text/turtle", turtle.encode()),
        "SPARQL": ("POST /sparql", "application/sparql-query", query.encode()),
        "search": ("GET /search?as=json&q=", "", '人口 "統計 data" -word title:x* OR (京都'.encode()),
        **exchanges(address),
    }


def exchanges(address: str) -> dict[str, tuple[str, str, bytes]]:
    """What is sent to offer, to negotiate and to transfer, by people and by peers."""
    context = f'"@context": ["https://w3id.org/dspace/2025/1/context.jsonld", "{address}c.jsonld"]'
    rule = '"permission": [{"action": "use", "constraint": [{"leftOperand": "count", "operator": "lteq", "rightOperand": "3"}]}], "prohibition": [], "obligation": [{"action": "delete"}]'
    place = f'{{"@type": "DataAddress", "endpointType": "https://w3id.org/idsa/v4.1/HTTP", "endpoint": "{address}", "endpointProperties": [{{"@type": "EndpointProperty", "name": "authorization", "value": "t"}}]}}'
    offer = f'{{"catalog": "c", "description": {{"content": "<urn:x> a <http://www.w3.org/ns/dcat#Dataset> .", "mediaType": "text/turtle"}}, "terms": {{"@type": "Offer", {rule}}}, "approval": "rule", "audience": ["participants"], "visibleTo": ["public"], "source": {{"kind": "http", "url": "{address}", "credentials": {{"scheme": "basic", "user": "u", "password": "p"}}}}}}'
    search = f'{{{context}, "@type": "CatalogRequestMessage", "filter": [{{"q": "人口", "limit": 5, "query": "SELECT * {{ ?s ?p ?o }}"}}]}}'
    ask = f'{{{context}, "@type": "ContractRequestMessage", "consumerPid": "urn:uuid:1", "offer": {{"@type": "Offer", "@id": "urn:o", "target": "urn:d", {rule}}}, "callbackAddress": "{address}"}}'
    offered = ask.replace("ContractRequest", "ContractOffer").replace("consumerPid", "providerPid")
    move = f'{{{context}, "@type": "TransferRequestMessage", "consumerPid": "urn:uuid:2", "agreementId": "urn:a", "format": "HttpData-PUSH", "dataAddress": {place}, "callbackAddress": "{address}"}}'
    begun = f'{{"agreement": "urn:a", "format": "HttpData-PUSH", "dataAddress": {place}}}'
    done = '{"agreement": "urn:a", "action": "odrl:delete", "at": "2026-01-01T00:00:00Z", "values": {"odrl:payAmount": {"value": "1", "source": "payment"}}, "proof": {"n": "v"}}'
    return {
        name: (target, "application/json", body.encode())
        for name, target, body in (
            ("an offer", "POST /offers", offer),
            ("a catalog request", "POST /dsp/2025-1/catalog/request", search),
            ("a contract request", "POST /dsp/2025-1/negotiations/request", ask),
            ("a contract offer", "POST /dsp/2025-1/negotiations/offers", offered),
            ("a transfer request", "POST /dsp/2025-1/transfers/request", move),
            ("a transfer", "POST /exchange/transfers", begun),
            ("a deed", "POST /exchange/performed", done),
            ("a source", "PUT /exchange/sources", f'{{"dataset": "urn:d", "kind": "s3", "endpoint": "{address}", "bucket": "b", "key": "k", "credentials": {{"accessKey": "a", "secretKey": "s"}}}}'),
            ("a peer", "POST /exchange/peers", f'{{"participant": "urn:p", "address": "{address}", "authorization": "Bearer x", "key": {{"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}}}}'),
            ("a hook", "POST /exchange/hooks", f'{{"address": "{address}", "kinds": ["agreed"]}}'),
        )
    }  # fmt: skip


PIECES = tuple(
    piece.encode()
    for piece in ("<<( ", "[ ", "{ ", "( ", '"', "'", '"""', "\\u0000", "\\uD800", "\0", "\ufeff", "\u202e", "@en_US", "^^", "<", ">", "&e;",
                  "<!DOCTYPE x [", "]]>", "1E99999999", "9" * 400, "NaN", "_:", "@prefix", "BASE <", "SERVICE", "LOAD <", "#\n", "\r", ",", ";",
                  "javascript:alert(1)", "http://a b", "*a", "&a [*a,*a]", "-" * 30, "{{{{", "!!!!", "\\", "%00", "../")
)  # fmt: skip


def mild(data: bytes) -> bytes:
    """The input without what is refused at sight, so that damage reaches what lies behind."""
    text = re.sub(r"<!DOCTYPE.*?]>|&e;|SERVICE <[^>]*>|FROM <[^>]*>|<<\(|\)>>", "", data.decode())
    text = re.sub(r'"@context": \[.*?}\]', '"@context": {"dct": "http://purl.org/dc/terms/"}', text)
    return text.encode()


def damaged(dice: random.Random, data: bytes) -> bytes:
    """The input with some of its bytes changed, doubled, cut or repeated until it hurts."""
    text = bytearray(data)
    for _ in range(dice.choice((0, 1, 1, 2, 3, 8))):
        at = dice.randrange(len(text) + 1)
        to = min(len(text), at + dice.choice((0, 1, 3, 20, 200)))
        match dice.randrange(7):
            case 0:
                del text[at:to]
            case 1:
                text[at:at] = dice.choice(PIECES)
            case 2:
                text[at:to] = dice.randbytes(to - at)
            case 3:
                text[at:at] = dice.choice(PIECES) * dice.choice((2, 70, 3000))
            case 4:
                text[at:at] = text[at:to] * dice.choice((1, 5, 50))
            case 5:
                del text[at:]
            case _:
                text[at:to] = dice.choice(PIECES)
    return bytes(text)


# What a fuzzer that goes by coverage puts together.
WORDS = (
    "@prefix ", "PREFIX ", "@base", "GRAPH ", "<http://purl.org/dc/terms/title>", "<<( ", ")>>", "@en--ltr", "_:b", "\\u0041",
    "rdf:about", "rdf:nodeID", "rdf:parseType", "Collection", "Literal", "rdf:li", "xml:base", "xmlns:", "<![CDATA[",
    '"@context"', '"@id"', '"@type"', '"@value"', '"@language"', '"@graph"', '"@list"', '"@reverse"', '"@vocab"', '"@import"', '"@nest"', '"@container"', '"@json"',
    '"result"', '"results"', '"resources"', '"extras"', '"tags"', '"groups"', '"organization"', '"dataset"', '"distribution"', '"publisher"', '"temporal"', '"spatial"', '"size"', '"issued"', "null", "true", "1e999", "[]", "{}",
    "SELECT ", "CONSTRUCT ", "WHERE ", "OPTIONAL ", "UNION ", "VALUES ", "FILTER ", "EXISTS ", "BIND", "SERVICE", "FROM ", "GROUP BY ",
    "q=", "page=", "size=", "bbox=", "issued=", "period=", "sort=modified", "title:", " OR ", "-", "catalog=c", "..", "135,34,136,35",
    "sh:path ", "sh:property ", "sh:or ", "sh:minCount ", "sh:targetClass ", "sh:inversePath ", "sh:in ", "sh:pattern ", "[levels]", "title_ja = ", "vocabularies = ",
)  # fmt: skip


def corpus() -> dict[str, list[bytes]]:
    """By the names of `doors.DOORS`, well-formed inputs to begin with."""
    whole = {door: [data, mild(data)] for door, (_, _, data) in seeds("http://127.0.0.1:9/").items() if door != "gzip"}
    turtle = whole["Turtle"][1]
    settings = (
        b'name = "k"\ntitle_ja = "\xe9\x8d\xb5"\ntitle_en = "k"\nvocabularies = ["a"]\n[levels]\nbase = ["a.ttl"]\n'
    )
    shapes = b"""@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <urn:x:> . ex:s a sh:NodeShape ; sh:targetClass ex:C ;
sh:property [ sh:path ( ex:p [ sh:inversePath ex:q ] ) ; sh:minCount 1 ; sh:maxCount 0 ; sh:in ( 1 "b" ) ; sh:pattern "^a" ] ;
sh:or ( [ sh:path ex:q ; sh:datatype ex:d ] ex:t ) ; sh:sparql [ sh:select "SELECT" ] . ex:t sh:node ex:s ; sh:minCont 1 ."""
    ckan, yaml = whole["CKAN JSON"], whole["CKAN YAML"]
    files = {"a.ttl": turtle, "d/b.json": ckan[0], "c.yaml": yaml[0]}
    encoded = ["utf-16", "utf-8-sig", "shift_jis", "euc_jp"]
    return {
        "TURTLE": whole["Turtle"],
        "TRIG": whole["TriG"],
        "N_TRIPLES": whole["N-Triples"],
        "N_QUADS": whole["N-Quads"],
        "RDF_XML": whole["RDF/XML"],
        "JSON_LD": whole["JSON-LD"],
        "unnamed": [gzip.compress(turtle, mtime=0), *(turtle.decode().replace("é", "e").encode(each) for each in encoded)],
        "writing": [*whole["N-Quads"], b"<a b> <urn:1> \"\\u0001\"@en_US .\n_:b <urn:p/q> <x> .\n"],
        "JSON": [*ckan, *whole["DCAT-US"], ckan[0] + b"\n" + ckan[0]],
        "YAML": yaml,
        "tar": [_tar(files)],
        "zip": [_zip(files)],
        "SPARQL": whole["SPARQL"],
        "search": ["q=人口 \"統計 data\" -word title:x* OR (京都&kind=dataset&sort=title".encode(), b"bbox=135,34,136,35&issued=2024&modified=2024-01..&period=..2021&catalog=c&page=2&size=5"],
        "profile": [settings + b"\n%%\n" + shapes, b"\n%%\n" + shapes],
    }  # fmt: skip


def _tar(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return packed.getvalue().rstrip(b"\0") + b"\0" * 1024


def _zip(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return packed.getvalue()

"""`renkei offer`: a dataset, its terms and its data go to the running service in one call."""

from pathlib import Path
from typing import Any

import click
import orjson

from api.cli.exchanging import service_at
from api.cli.policy_drafts import terms_of
from api.cli.terminal import ask, data_option, fail, json_option, language, print_json, token_option, url_option
from ontology.messages import Message
from ontology.syntax import media_type_of

_TERMS = Message(
    ja="--template か --terms のどちらかで条件を指定してください。",
    en="State the terms by --template or by --terms, one of the two.",
)
_CATALOG = Message(
    ja="ファイルの記述を登録するカタログを --catalog で指定してください。",
    en="Name by --catalog where the description is to be registered.",
)


@click.command(
    epilog="Example: renkei offer loans.ttl --catalog library --file loans.csv --template research --template times "
    "--set times.limit=3"
)
@click.argument("dataset", metavar="DATASET")
@click.option("--catalog", help="Catalog that a new description is registered in.")
@click.option("--file", "content", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The data.")
@click.option("--source", type=click.File("rb"), help="JSON file that says where the data come from instead.")
@click.option("--template", "templates", multiple=True, help="Terms by template: renkei policy template list.")
@click.option("--set", "values", multiple=True, metavar="TEMPLATE.NAME=VALUE", help="A value of a template.")
@click.option("--terms", type=click.File("rb"), help="JSON-LD file with the terms, an ODRL policy.")
@click.option("--to", "audience", multiple=True, help="Who may negotiate: public, participants or an IRI; repeatable.")
@click.option("--approval", type=click.Choice(["rule", "person"]), default="rule", show_default=True)
@json_option
@data_option
@url_option
@token_option
def offer(
    dataset: str, catalog: str | None, content: Path | None, source: Any, templates: tuple[str, ...],
    values: tuple[str, ...], terms: Any, audience: tuple[str, ...], approval: str, as_json: bool, data: Path | None,
    url: str | None, token: str | None,
) -> None:  # fmt: skip
    """Offer DATASET: the file that describes it, or the IRI of one that is registered. Prints the offer's IRI."""
    service, bearer = service_at(data, url, token)
    if bool(templates) == bool(terms):
        fail(_TERMS.in_(language()), 1)
    given: dict[str, Any] = {
        "terms": orjson.loads(terms.read()) if terms else {"templates": terms_of(templates, values)}
    }
    given |= {"approval": approval} | ({"audience": list(audience)} if audience else {})
    described = Path(dataset)
    if described.is_file():
        if catalog is None:
            fail(_CATALOG.in_(language()), 1)
        media_type = media_type_of(dataset) or "text/turtle"
        given |= {"catalog": catalog, "description": {"content": described.read_text("utf-8"), "mediaType": media_type}}
    else:
        given["dataset"] = dataset
    if content is not None:
        given["source"] = _held(service, bearer, content)
    elif source is not None:
        given["source"] = orjson.loads(source.read())
    made = ask("POST", f"{service}/offers", bearer, json=given).json()
    print_json(made) if as_json else click.echo(made["offer"])


def _held(service: str, token: str | None, content: Path) -> dict[str, Any]:
    """Hand a file into the service's custody; the source that it is from then on."""
    media_type = media_type_of(content.name) or _MEDIA_TYPES.get(content.suffix.lower(), "application/octet-stream")
    with content.open("rb") as file:
        held = ask("PUT", f"{service}/exchange/files", token, content=file, headers={"content-type": media_type}).json()
    return {
        "kind": "file", "sha256": held["sha256"], "size_bytes": held["size_bytes"], "mediaType": media_type,
        "receipt": held["receipt"],
    }  # fmt: skip


_MEDIA_TYPES = {".csv": "text/csv", ".json": "application/json", ".zip": "application/zip", ".pdf": "application/pdf"}

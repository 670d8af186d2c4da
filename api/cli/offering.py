"""`renkei offer`: a dataset, its terms and its data go to the running service in one call; `renkei replace`."""

from pathlib import Path
from typing import Any

import click
import orjson

from api.cli.policy_drafts import terms_of
from api.cli.terminal import ask, data_option, fail, json_option, language, plain, print_json, token_option, url_option
from api.cli.watching import service_at
from ontology.messages import Message
from ontology.syntax import media_type_of

_TERMS = Message(
    ja="--template か --terms のどちらかで条件を指定してください。",
    en="State the terms by --template or by --terms, one of the two.",
)
_NEITHER = Message(
    ja="{name} はファイルとして見つからず、データセットの IRI でもありません。どちらかを確かめてください。",
    en="{name} is no file that is there, and no IRI of a dataset. See which was meant.",
)
_CATALOG = Message(
    ja="ファイルの記述を登録するカタログを --catalog で指定してください。",
    en="Name by --catalog where the description is to be registered.",
)

_MADE = Message(ja="カタログ {catalog} を作りました。", en="Catalog {catalog} was made.")
_DATA = Message(
    ja="新しいデータを --file か --source のどちらか一方で指定してください。",
    en="Name the new data by --file or by --source, one of the two.",
)
_REPLACED = Message(ja="{dataset} のデータを置き換えました。", en="{dataset} has these data from now on.")
_NO_JSON = Message(
    ja="{file} は JSON として読めません ({reason})。その位置を直してください。",
    en="{file} is no JSON ({reason}). Mend it at that place.",
)
_NO_OBJECT = Message(
    ja="{file} には JSON のオブジェクト ({{…}}) が必要です。", en="{file} has to hold a JSON object, as {{…}}."
)


@click.command(
    epilog="Example: renkei offer loans.ttl --catalog library --file loans.csv --template research --template times "
    "--set times.limit=3"
)
@click.argument("dataset", metavar="DATASET")
@click.option("--catalog", help="Catalog that a new description is registered in; made if there is none.")
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
    given: dict[str, Any] = {"terms": _json(terms) if terms else {"templates": terms_of(templates, values)}}
    given |= {"approval": approval} | ({"audience": list(audience)} if audience else {})
    described = Path(dataset)
    if described.is_file():
        if catalog is None:
            fail(_CATALOG.in_(language()), 1)
        media_type = media_type_of(dataset) or "text/turtle"
        given |= {"catalog": catalog, "description": {"content": described.read_text("utf-8"), "mediaType": media_type}}
    elif ":" not in dataset:
        fail(_NEITHER.in_(language()).format(name=dataset), 1)
    else:
        given["dataset"] = dataset
    if content is not None:
        given["source"] = _held(service, bearer, content)
    elif source is not None:
        given["source"] = _json(source)
    made = _published(service, bearer, given)
    print_json(made) if as_json else click.echo(made["offer"])


def _published(service: str, token: str | None, given: dict[str, Any]) -> Any:
    """Publish an offer; the catalog of a new description is made if there is none, as `renkei load` does."""
    answer = ask("POST", f"{service}/offers", token, json=given, expects="catalog-not-found")
    if answer.is_error and "catalog" in given:
        ask("POST", f"{service}/catalogs", token, json={"id": given["catalog"]})
        click.echo(plain(_MADE.in_(language()).format(catalog=given["catalog"])), err=True)
        answer = ask("POST", f"{service}/offers", token, json=given)
    return answer.json()


@click.command(epilog="Example: renkei replace https://library.example.jp/loans --file loans-2026-06.csv")
@click.argument("dataset", metavar="DATASET")
@click.option("--file", "content", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The data.")
@click.option("--source", type=click.File("rb"), help="JSON file that says where the data come from instead.")
@click.option("--part", help="IRI of the distribution that is meant.")
@json_option
@data_option
@url_option
@token_option
def replace(
    dataset: str, content: Path | None, source: Any, part: str | None, as_json: bool, data: Path | None,
    url: str | None, token: str | None,
) -> None:  # fmt: skip
    """Put other data in the place of those of DATASET (its IRI); who follows them gets the new ones by itself."""
    if (content is None) == (source is None):
        fail(_DATA.in_(language()), 1)
    service, bearer = service_at(data, url, token)
    where = {"dataset": dataset} | ({"part": part} if part else {})
    if content is not None:
        made = _sent(service, bearer, content, where)
    else:
        made = ask("PUT", f"{service}/exchange/sources", bearer, json={**_json(source), **where}).json()
    print_json(made) if as_json else click.echo(_REPLACED.in_(language()).format(dataset=dataset), err=True)


def _held(service: str, token: str | None, content: Path) -> dict[str, Any]:
    """Hand a file into the service's custody; the source that it is from then on."""
    held = _sent(service, token, content, {})
    place = {name: held[name] for name in ("sha256", "size_bytes", "receipt")}
    return {"kind": "file", **place, "mediaType": _media_type(content)}


def _sent(service: str, token: str | None, content: Path, query: dict[str, str]) -> Any:
    headers = {"content-type": _media_type(content)}
    with content.open("rb") as file:
        return ask("PUT", f"{service}/exchange/files", token, params=query, content=file, headers=headers).json()


def _media_type(content: Path) -> str:
    return media_type_of(content.name) or _MEDIA_TYPES.get(content.suffix.lower(), "application/octet-stream")


def _json(file: Any) -> dict[str, Any]:
    """An object from a file that was named on the command line."""
    try:
        found = orjson.loads(file.read())
    except orjson.JSONDecodeError as error:
        fail(_NO_JSON.in_(language()).format(file=file.name, reason=error), 2)
    if not isinstance(found, dict):
        fail(_NO_OBJECT.in_(language()).format(file=file.name), 2)
    return found


_MEDIA_TYPES = {".csv": "text/csv", ".json": "application/json", ".zip": "application/zip", ".pdf": "application/pdf"}

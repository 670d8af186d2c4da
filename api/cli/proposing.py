"""`renkei propose`: our running service offers something to a participant that has not asked for it."""

from pathlib import Path

import click

from api.cli.terminal import ask, data_option, fail, json_option, print_json, token_option, url_option
from api.cli.watching import service_at, watched, why_not
from ontology.messages import Message

_NOT_AGREED = Message(
    ja="相手は合意していません (状態 {state})。詳しくは {address}",
    en="The other side has not agreed (state {state}). More at {address}",
)


@click.command(
    epilog="Example: renkei propose https://lab.example/participant https://city.example/offers/5f3a --wait 600"
)
@click.argument("consumer")
@click.argument("offer")
@click.option(
    "--wait", "wait_s", default=0.0, show_default=True, type=click.FloatRange(min=0),
    help="Seconds to wait for the agreement, which people of the other side may take days for; 0 for none.",
)  # fmt: skip
@json_option
@data_option
@url_option
@token_option
def propose(
    consumer: str, offer: str, wait_s: float, as_json: bool, data: Path | None, url: str | None, token: str | None
) -> None:
    """Propose OFFER (its IRI) to CONSUMER, who has not asked for it.

    Prints the negotiation, or the agreement that was waited for.
    """
    service, bearer = service_at(data, url, token)
    begun = ask("POST", f"{service}/exchange/proposals", bearer, json={"consumer": consumer, "offer": offer}).json()
    found = watched(begun, service, bearer, wait_s, {"FINALIZED", "TERMINATED"}) if wait_s else begun
    if as_json:
        print_json(found)
    elif not wait_s or found["state"] == "FINALIZED":
        click.echo(found["agreement"] or found["pid"])
    if wait_s and found["state"] != "FINALIZED":
        fail(why_not(_NOT_AGREED, found), 1)

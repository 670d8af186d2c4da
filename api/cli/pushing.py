"""`renkei transfer --push-to`: the provider sends the data, and each change of them with `--follow`."""

import time
from collections.abc import Mapping
from typing import Any

import click

from api.cli.following import ended, interrupting
from api.cli.terminal import ask, fail, language, plain
from api.cli.watching import CUT, completed, explained, watched, why_not
from ontology.messages import Message

_LOOK_S = 1.0
_PUSHED = Message(ja="{address} に送られました。", en="Sent to {address}.")
_PUSHING = Message(
    ja="変わるたびに {address} に送られます。Ctrl-C で転送を完了して終わります。",
    en="Each change is sent to {address}. Ctrl-C completes the transfer and ends.",
)


def target(url: str, authorization: str | None, follow: bool) -> dict[str, Any]:
    """The data address of an HTTP receiver."""
    said = {"authorization": authorization} if authorization else {}
    said |= {"continuing": "true"} if follow else {}
    listed = [{"@type": "EndpointProperty", "name": name, "value": value} for name, value in said.items()]
    address = {"@type": "DataAddress", "endpointType": "https://w3id.org/idsa/v4.1/HTTP", "endpoint": url}
    return address | ({"endpointProperties": listed} if listed else {})


def pushed(
    process: Mapping[str, Any], service: str, token: str | None, wait_s: float, address: str, follow: bool
) -> None:
    """Wait until all was sent; with `follow` until nothing is sent any more."""
    if not follow:
        process = watched(process, service, token, wait_s, {"COMPLETED", "TERMINATED"})
        if process["state"] != "COMPLETED":
            fail(why_not(CUT, process), 1)
        click.echo(plain(_PUSHED.in_(language()).format(address=address)), err=True)
        return
    click.echo(plain(_PUSHING.in_(language()).format(address=address)), err=True)
    try:
        with interrupting():
            while process["state"] not in ("COMPLETED", "TERMINATED"):
                time.sleep(_LOOK_S)
                process = ask("GET", f"{service}/exchange/transfers/{process['pid']}", token).json()
            explained(ended(service, token, process))
    except KeyboardInterrupt:
        completed(service, token, process["pid"])

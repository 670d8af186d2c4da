"""The command line: `renkei COMMAND`. Exit status 0 done, 1 refused or in part, 2 nothing could be read."""

import importlib
from collections.abc import Mapping

import click

# A command's module is imported when the command is wanted: all of them together take longer than most commands.
COMMANDS: Mapping[str, str] = {
    "serve": "serving.serve",
    "load": "loading.load",
    "validate": "validating.validate",
    "search": "asking.search",
    "query": "asking.query",
    "export": "asking.export",
    "rebuild": "keeping.rebuild",
    "check": "keeping.check",
    "backup": "keeping.backup",
    "restore": "keeping.restore",
    "token": "tokens.token",
    "shapes": "shapes.shapes",
    "policy": "policies.policy",
    "peer": "peers.peer",
    "offer": "offering.offer",
    "replace": "offering.replace",
    "propose": "proposing.propose",
    "negotiate": "exchanging.negotiate",
    "transfer": "exchanging.transfer",
    "agreement": "agreements.agreement",
    "audit": "audit.audit",
    "usage": "usage.used",
}
"""Where each command stands in this package."""


class Commands(click.Group):
    """The commands by name, each imported when it is wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, by the alphabet."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(".")
        command: click.Command = getattr(importlib.import_module(f"{__name__}.{module}"), name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="renkei")
def main() -> None:
    """Renkei: publish, validate and find data. Settings: environment RENKEI_… or renkei.toml."""

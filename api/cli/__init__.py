"""The command line: `renkei COMMAND`. Exit status 0 done, 1 refused or in part, 2 nothing could be read."""

import click

from api.cli import (
    agreements,
    asking,
    audit,
    exchanging,
    keeping,
    loading,
    peers,
    policies,
    serving,
    shapes,
    tokens,
    usage,
    validating,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="renkei")
def main() -> None:
    """Renkei: publish, validate and find data. Settings: environment RENKEI_… or renkei.toml."""


for _command in (
    serving.serve,
    loading.load,
    validating.validate,
    asking.search,
    asking.query,
    asking.export,
    keeping.rebuild,
    keeping.check,
    keeping.backup,
    keeping.restore,
    tokens.token,
    shapes.shapes,
    policies.policy,
    peers.peer,
    exchanging.negotiate,
    exchanging.transfer,
    agreements.agreement,
    audit.audit,
    usage.used,
):
    main.add_command(_command)

"""Every setting of the service: environment `RENKEI_<NAME>` first, then `renkei.toml`, then the default here."""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from exchange.addresses import Inside
from exchange.keys import secret_key
from exchange.policy.options import zone_minutes

MEBIBYTE = 1 << 20


def _checked_base(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
        raise ValueError("the base IRI is http(s)://host[:port][/path], without query or fragment")
    return value.rstrip("/")


def _checked_zone(value: str) -> str:
    zone_minutes(value)
    return value


def _networks(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(ip_network(value, strict=False)) for value in values)


def _places(values: tuple[str, ...]) -> tuple[str, ...]:
    Inside.read(values)
    return values


def _checked_key(value: SecretStr | None) -> SecretStr | None:
    if value is not None:
        secret_key(value.get_secret_value())
    return value


class Settings(BaseSettings):
    """What an operator may choose.

    Lower packages never see this class: they are given the values they need.
    """

    model_config = SettingsConfigDict(env_prefix="RENKEI_", toml_file="renkei.toml", frozen=True, extra="forbid")

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    base_iri: Annotated[str, AfterValidator(_checked_base)] = Field(
        default="",
        description="Public address of this service, the beginning of every address it gives out. Empty: http://HOST:PORT.",
    )
    data: Path = Field(
        default=Path("renkei-data"), description="Folder of everything embedded: database, graphs, index, token file."
    )
    policy_vocabulary: Path | None = Field(
        default=None,
        description="File (Turtle, JSON-LD or another RDF syntax) with left operands, actions and profiles of this "
        "deployment, added to the words that policies may use.",
    )
    policy_zone: Annotated[str, AfterValidator(_checked_zone)] = Field(
        default="+00:00",
        description="Zone of times and dates in policies that name none, as the distance from UTC: +09:00 for Japan, "
        "which dates in the forms of CADDE mean.",
    )
    operator_token: SecretStr | None = Field(
        default=None,
        description="Token of the operator. Not set: made at the first start into the file operator-token (mode 0600) "
        "of the data folder.",
    )
    participant: str = Field(
        default="",
        max_length=2048,
        pattern=r"[^\x00-\x20]*",
        description="Id of this service as a participant of the Dataspace Protocol: the provider in its catalog, a "
        "party of its agreements. Empty: the public address with /participant.",
    )
    alarm_s: float = Field(
        default=60,
        gt=0,
        description="How long a negotiation or transfer may wait for the other side before it is marked as stuck, "
        "seconds.",
    )
    retry_s: float = Field(
        default=7 * 24 * 3600,
        gt=0,
        description="How long a message that the other side does not take is sent again by itself, seconds; after that "
        "a person decides.",
    )
    peer_processes: int = Field(
        default=1000,
        gt=0,
        description="Most open negotiations, and most open transfers, that one peer may have begun here; above it 429.",
    )
    tck: bool = Field(
        default=False,
        description="Serve the scripted data of the protocol's conformance kit, and take whoever bears no token for "
        "that kit. Only with a data folder of its own; what it left there is ended at the next start without it.",
    )
    secret_key: Annotated[SecretStr | None, AfterValidator(_checked_key)] = Field(
        default=None,
        description="Key that seals credentials and data addresses in the database: 32 bytes in base64url. Not set: "
        "made at the first start into the file secret-key (mode 0600) of the data folder. What one key sealed opens "
        "with no other.",
    )
    allow_private: Annotated[tuple[str, ...], AfterValidator(_places)] = Field(
        default=(),
        description="Private addresses that this service may connect to (JSON list of networks and of addresses with "
        'a port, for example `["10.0.0.0/8", "127.0.0.1:8282"]`): for any purpose, or behind a word for that one '
        "alone, as `source:10.0.0.5`: `peer` (messages to peers, data pulled from them), `push` (where consumers want "
        "data sent), `source` (where providers say that data are), `hook` (notices of events). Empty: none. Public "
        "ones always, link-local ones never.",
    )
    demo: bool = Field(default=False, description="Load the sample catalogs when the data folder is empty.")
    language: Literal["ja", "en"] = Field(
        default="en", description="Language of pages for readers who state no preference."
    )
    allow_hosts: tuple[str, ...] = Field(
        default=(), description="Names accepted in the Host header (JSON list). Empty: any well-formed one."
    )
    trusted_proxies: Annotated[tuple[str, ...], AfterValidator(_networks)] = Field(
        default=(),
        description='Addresses and networks of proxies (JSON list, for example `["10.0.0.0/8"]`) whose X-Forwarded-For '
        "and X-Forwarded-Proto are believed, in the log and for limits by address. Empty: nobody's.",
    )
    log_format: Literal["json", "text"] = Field(default="json", description="Form of the log on standard error.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least important log level kept."
    )

    description_bytes: int = Field(
        default=10 * MEBIBYTE, gt=0, description="Largest body that describes one resource, bytes; above it 413."
    )
    json_bytes: int = Field(default=MEBIBYTE, gt=0, description="Largest JSON body, bytes; above it 413.")
    policy_bytes: int = Field(
        default=2 * MEBIBYTE,
        gt=0,
        description="Largest body of a question about policies or of policies to validate, bytes; above it 413.",
    )
    catalog_bytes: int = Field(
        default=1024 * MEBIBYTE,
        gt=0,
        description="Largest body of a whole catalog or of something to validate, bytes; above it 413.",
    )
    file_bytes: int = Field(
        default=16 * 1024 * MEBIBYTE, gt=0, description="Largest file of data that is kept here, bytes; above it 413."
    )
    held_bytes: int = Field(
        default=256 * 1024 * MEBIBYTE,
        gt=0,
        description="Most bytes of all files of data that are kept here together; an upload above it is refused, 507.",
    )
    held_grace_s: float = Field(
        default=7 * 86_400,
        gt=0,
        description="How long a file that no source needs any more, or not yet, is kept, seconds; then it is removed.",
    )
    body_pause_s: float = Field(default=30, gt=0, description="Longest pause inside a request body, seconds; then 408.")
    header_s: float = Field(
        default=10, gt=0, description="Longest time for the head of a request, seconds; then the line is cut."
    )
    keep_alive_s: int = Field(default=5, gt=0, description="How long an idle connection is kept, seconds.")
    connections: int = Field(default=1000, gt=0, description="Most open connections; above it 503.")

    query_s: float = Field(default=3, gt=0, description="CPU seconds a SPARQL query may use.")
    query_rows: int = Field(default=10_000, gt=0, description="Most rows or triples a SPARQL answer may have.")
    query_bytes: int = Field(default=10 * MEBIBYTE, gt=0, description="Largest SPARQL answer, bytes.")
    workers: int = Field(
        default=2, ge=1, le=64, description="Child processes for SPARQL, foreign shapes and entangled graphs."
    )
    page_cache_bytes: int = Field(
        default=64 * MEBIBYTE, ge=0, description="Memory for rendered pages and documents, bytes."
    )

    @property
    def base(self) -> str:
        """Public address without a slash at the end."""
        if self.base_iri:
            return self.base_iri
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def own_participant(self) -> str:
        """Id of this service as a participant."""
        return self.participant or f"{self.base}/participant"

    @property
    def root(self) -> str:
        """Path of the public address, "" when the service stands at the top of its host."""
        return urlsplit(self.base).path

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order of the sources, strongest first; no .env file, for secrets must not be found by accident."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

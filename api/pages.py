"""Rendering of pages: one Jinja environment, everything escaped, every text from the catalogues."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import jinja2
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from api import i18n
from api.facts import Facts, alternates, pills
from api.lookalikes import suspicious
from api.settings import Settings

COOKIE = "lang"
COOKIE_AGE_S = 365 * 24 * 3600
HERE = Path(__file__).parent


@cache
def _environment(language: str, root: str, build: str) -> jinja2.Environment:
    """One for each language: `"nav.search"|t` and `"/search"|here` are looked up once, when a template is compiled."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,  # every template, whatever its name ends with: Starlette's default skips .svg and .j2
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    facts = Facts(i18n.texts(language))
    environment.filters["t"] = i18n.texts(language)
    environment.filters["facts"] = facts.facts
    environment.filters["distribution"] = facts.distribution
    environment.filters["alternates"] = alternates
    environment.filters["pills"] = pills
    environment.filters["here"] = lambda path: root + path
    environment.filters["static"] = lambda name: f"{root}/static/{name}?{build}"
    environment.filters["marked"] = marked
    environment.filters["segment"] = lambda value: quote(str(value), safe="")
    environment.filters["bytes"] = readable_bytes
    environment.tests["lookalike"] = suspicious
    environment.tests["foreign"] = lambda text, language: _primary(text.language) not in ("", language)
    return environment


def reader_language(request: Request) -> str:
    """The language of the page this request gets."""
    settings: Settings = request.app.state.settings
    return i18n.preferred(
        request.query_params.get("lang"),
        request.cookies.get(COOKIE),
        request.headers.get("accept-language"),
        settings.language,
    )


def render(template: str, request: Request, language: str | None = None, **context: Any) -> str:
    """A page as text.

    Args:
        template: file name in templates/.
        request: gives the settings and the address for the language switch.
        language: of the reader; found from the request when None.
        context: what the template names.
    """
    settings: Settings = request.app.state.settings
    language = language or reader_language(request)
    build: str = request.app.state.build
    return (
        _environment(language, settings.root, build)
        .get_template(template)
        .render(
            t=i18n.texts(language),
            language=language,
            root=settings.root,
            base=settings.base,
            path=request.scope["path"],
            switch=_switch(request),
            build=build,
            **context,
        )
    )


def page(template: str, request: Request, status: int = 200, **context: Any) -> HTMLResponse:
    """A page as an answer; `?lang=` is remembered."""
    response = HTMLResponse(render(template, request, **context), status)
    response.headers["vary"] = "Accept, Accept-Language, Cookie, Authorization"
    response.headers["cache-control"] = "private, no-cache"
    remember_language(request, response)
    return response


def remember_language(request: Request, response: Any) -> None:
    """Keep what `?lang=` asked for in a cookie, which holds nothing else."""
    asked = request.query_params.get("lang")
    if asked in i18n.LANGUAGES:
        secure = request.app.state.settings.base.startswith("https:")
        response.set_cookie(COOKIE, asked, max_age=COOKIE_AGE_S, samesite="lax", httponly=True, secure=secure)


def _switch(request: Request) -> Mapping[str, str]:
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    if not kept:
        return _SWITCH
    return {language: "?" + urlencode([*kept, ("lang", language)]) for language in i18n.LANGUAGES}


_SWITCH = {language: f"?lang={language}" for language in i18n.LANGUAGES}


def with_query(query: Mapping[str, Any], **changes: Any) -> str:
    """A query string with some parameters changed; None takes a parameter away."""
    merged = {**query, **changes}
    return "?" + urlencode({name: value for name, value in merged.items() if value not in (None, "", [])}, doseq=True)


def marked(pieces: Iterable[tuple[str, bool]]) -> Markup:
    """Text in pieces with `<mark>` around those that were found, each piece escaped."""
    return Markup("").join(Markup("<mark>{}</mark>").format(text) if found else escape(text) for text, found in pieces)


def readable_bytes(value: str | int) -> str:
    """A size in bytes with a binary unit; what is no number comes back as it is."""
    try:
        size = float(value)
    except ValueError:
        return str(value)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(size) < 1024:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"


def _primary(tag: str) -> str:
    return tag.lower().split("-")[0]

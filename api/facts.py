"""Properties and distributions of a resource as HTML, without templates.

They are most of a page, and pieces as small as these cost a template a third of the time of the whole request. What
comes from a description goes through `safe`, and stands in `<bdi>`, so that its direction marks turn nothing round it
(P20, P33).
"""

from collections.abc import Iterable, Mapping

from markupsafe import Markup

from api.i18n import Texts
from api.lookalikes import suspicious
from api.views import Distribution, Property, Text, Value

_DAYS = frozenset(("xsd:date", "xsd:dateTime", "xsd:gYear", "xsd:gYearMonth"))
_AWAY = ' rel="noopener nofollow ugc"'


def safe(text: str) -> str:
    """What `markupsafe.escape` makes of a text, in a quarter of its time."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("'", "&#39;").replace('"', "&#34;")


class Facts:
    """Writes for readers of one language; each method is a filter of templates."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._language = texts.language
        self._lookalike = f' <span class="pill warn">{safe(texts("iri.lookalike"))}</span>'
        self._untitled = safe(texts("distribution.untitled"))
        self._details = safe(texts("distribution.details"))
        self._download = safe(texts("distribution.download"))
        self._access = safe(texts("distribution.access"))

    def facts(self, properties: Iterable[Property]) -> Markup:
        """A list of properties with their values."""
        return Markup(self._list(properties, "facts wide"))  # noqa: S704 - all of it went through `safe`

    def distribution(self, item: Distribution) -> Markup:
        """One way to get a dataset, with what else is known of it folded away."""
        return Markup(  # noqa: S704 - all of it went through `safe`
            f'<article class="distribution">\n<div class="row">\n<h3>{self._heading(item)}</h3>\n'
            f'<div class="row">{self._buttons(item)}</div>\n</div>\n'
            f"{_described(item)}{_unlinked(item)}{self._more(item)}\n</article>\n"
        )

    def _list(self, properties: Iterable[Property], kind: str) -> str:
        rows = "".join(
            [
                f"<div><dt><bdi>{safe(item.name)}</bdi></dt>\n{''.join(map(self._value, item.values))}</div>\n"
                for item in properties
            ]
        )
        return f'<dl class="{kind}">\n{rows}</dl>\n'

    def _more(self, item: Distribution) -> str:
        if not item.properties:
            return ""
        facts = self._list(item.properties, "facts wide")
        return f'<details class="more"><summary>{self._details}</summary>{facts}</details>'

    def _value(self, value: Value) -> str:
        shown = ""
        if value.href:
            shown = self._link(value, value.href)
        elif value.datatype in _DAYS:
            shown = f'<time datetime="{safe(value.text)}"><bdi>{safe(self._texts.day(value.text))}</bdi></time>'
        elif value.text:
            shown = self._text(value)
        if value.properties:
            shown += f'<div class="nested">{self._list(value.properties, "facts")}</div>'
        return f"<dd>{shown}</dd>\n"

    def _link(self, value: Value, href: str) -> str:
        away = "" if href.startswith("/") else _AWAY
        mark = self._lookalike if value.iri and suspicious(value.iri) else ""
        text = safe(value.text or value.iri or "")
        return f'<a href="{safe(href)}"{_lang(value)}{away}><bdi>{text}</bdi></a>{mark}{self._tag(value)}'

    def _text(self, text: Text | Value) -> str:
        return f"<bdi{_lang(text)}>{safe(text.text)}</bdi>{self._tag(text)}"

    def _tag(self, text: Text | Value) -> str:
        """The language of a text, told where it is not the reader's."""
        tag = text.language
        if not tag or tag == self._language or tag.lower().partition("-")[0] == self._language:
            return ""
        return f'<span class="tag-language">{safe(tag)}</span>'

    def _heading(self, item: Distribution) -> str:
        if not item.title:
            return f"<bdi>{safe(item.format)}</bdi>" if item.format else self._untitled
        form = f' <span class="pill accent"><bdi>{safe(item.format)}</bdi></span>' if item.format else ""
        return self._text(item.title) + form

    def _buttons(self, item: Distribution) -> str:
        download = item.download.href if item.download else None
        access = item.access.href if item.access else None
        buttons = f'<a class="button" href="{safe(download)}"{_AWAY}>{self._download}</a>' if download else ""
        if access and access != download:
            buttons += f'<a class="button plain" href="{safe(access)}"{_AWAY}>{self._access}</a>'
        return buttons


def alternates(forms: Iterable[Mapping[str, str]]) -> Markup:
    """The head's links to the other forms of a resource."""
    links = [f'<link rel="alternate" type="{safe(form["media_type"])}" href="{safe(form["href"])}">' for form in forms]
    return Markup("\n".join(links))  # noqa: S704 - all of it went through `safe`


def pills(forms: Iterable[Mapping[str, str]]) -> Markup:
    """The same links for readers."""
    return Markup("".join(map(_pill, forms)))  # noqa: S704 - all of it went through `safe`


def _pill(form: Mapping[str, str]) -> str:
    link = f'href="{safe(form["href"])}" type="{safe(form["media_type"])}"'
    return f'<li><a class="pill" {link}>{safe(form["label"])}</a></li>'


def _lang(text: Text | Value) -> str:
    return f' lang="{safe(text.language)}"' if text.language else ""


def _described(item: Distribution) -> str:
    text = item.description
    return f'<p class="prose quiet"{_lang(text)}><bdi>{safe(text.text)}</bdi></p>' if text else ""


def _unlinked(item: Distribution) -> str:
    """Addresses that must not be links."""
    given = [value for value in (item.download, item.access) if value and not value.href]
    return "".join(
        f'<p class="small"><code><bdi>{safe(value.text or value.iri or "")}</bdi></code></p>' for value in given
    )

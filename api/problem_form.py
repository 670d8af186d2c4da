"""What the outside is told about a condition: the form of every entry of the tables of problems."""

from dataclasses import dataclass
from http import HTTPStatus

from ontology.messages import Message

_NOTHING_READ = frozenset(("unreadable", "syntax-unknown", "json-refused", "member-invalid", "request-unclear"))


@dataclass(frozen=True, slots=True)
class Problem:
    """What the outside is told about a condition.

    Attributes:
        slug: end of the stable type, `{base}/problems/<slug>`.
        status: HTTP status.
        title: the condition, the same at every occurrence.
        remedy: what the one who asked can do.
        detail: this occurrence, with `{attribute}` of the error; None when the error brings its own Message.
        place: attributes of the error that say where.
        extra: attributes of the error that go into the document as they are.
    """

    slug: str
    status: HTTPStatus
    title: Message
    remedy: Message
    detail: Message | None = None
    place: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """Exit status of the command line: 2 when nothing could be read, 1 otherwise."""
        return 2 if self.slug in _NOTHING_READ else 1


def problem(
    slug: str, status: int, title: tuple[str, str], remedy: tuple[str, str], detail: tuple[str, str] | None = None,
    *, place: tuple[str, ...] = (), extra: tuple[str, ...] = (),
) -> Problem:  # fmt: skip
    """An entry; pairs are Japanese and English."""
    return Problem(
        slug, HTTPStatus(status), Message(*title), Message(*remedy), Message(*detail) if detail else None, place, extra
    )

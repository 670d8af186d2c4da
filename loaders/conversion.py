"""Records of another catalog format on their way to DCAT: statements, what was noticed, and what could not be taken."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from pyoxigraph import Triple

from catalog.kinds import Kind
from catalog.parts import Part
from loaders.statements import Json, Statements
from ontology.messages import Message

Record: TypeAlias = Mapping[str, Json]


class RecordUnusable(ValueError):
    """A record cannot be taken at all."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.en)
        self.message = message


class Conversion:
    """Iterates the statements of all records, once; a bad record is refused by name and harms no other.

    Attributes:
        faults: by the IRI of a resource, what was kept as given; complete after the iteration.
        refused: a part without description for each record that could not be taken; complete after the iteration.
        records: how many were given.
    """

    def __init__(
        self, records: Iterable[tuple[str, Json]], convert: Callable[[Record], tuple[str, Statements]], kind: Kind
    ) -> None:
        self.faults: dict[str, tuple[Message, ...]] = {}
        self.refused: list[Part] = []
        self.records = 0
        self._records = records
        self._convert = convert
        self._kind = kind

    def __iter__(self) -> Iterator[Triple]:
        for name, record in self._records:
            self.records += 1
            try:
                if not isinstance(record, dict):
                    raise RecordUnusable(_NO_OBJECT)
                iri, said = self._convert(record)
            except RecordUnusable as error:
                self._refuse(name, error.message)
            except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
                # The net: records are foreign, and a value of a shape nobody thought of must not lose the others.
                self._refuse(name, _unforeseen(error))
            else:
                if said.faults:
                    self.faults[iri] = self.faults.get(iri, ()) + tuple(said.faults)
                yield from said.triples

    def _refuse(self, name: str, reason: Message) -> None:
        self.refused.append(Part(name, self._kind, None, refusal=reason))


_NO_OBJECT = Message("レコードが JSON オブジェクトではありません。", "The record is not a JSON object.")


def _unforeseen(error: Exception) -> Message:
    shown = f"{type(error).__name__}: {str(error)[:200]}"
    return Message(f"レコードを DCAT に変換できません({shown})。", f"The record cannot be converted to DCAT ({shown}).")

"""The words that policies may use in this deployment: what Renkei brings along and the file of the settings."""

from collections.abc import Callable
from pathlib import Path

from api.errors import VocabularyUnusable
from exchange.policy.errors import VocabularyInvalid
from exchange.policy.vocabulary import Vocabulary, shipped
from ontology.faults import Unreadable
from ontology.messages import Message
from ontology.reading import read
from ontology.syntax import SyntaxUnknown

_TOLD = 5  # of the reasons, on a screen


def policy_words(file: Path | None) -> Callable[[], Vocabulary]:
    """The vocabulary, made when it is first asked for; a deployment's own file is read at once, so that faults show.

    Raises:
        VocabularyUnusable: with the places and reasons.
    """
    if file is None:
        return shipped
    vocabulary = _extended(file)
    return lambda: vocabulary


def _extended(file: Path) -> Vocabulary:
    try:
        reading = read(file.read_bytes(), name=file.name, base_iri=file.absolute().as_uri())
        triples = list(reading)
    except OSError as error:
        raise VocabularyUnusable(_named(file, Message(str(error.strerror), str(error.strerror)))) from error
    except (Unreadable, SyntaxUnknown) as error:
        raise VocabularyUnusable(_named(file, _reason(error))) from error
    if reading.faults:
        fault = reading.faults[0]
        place = "" if fault.line is None else f"{fault.line}: "
        raise VocabularyUnusable(_named(file, Message(place + fault.message.ja, place + fault.message.en)))
    try:
        return shipped().extended(triples)
    except VocabularyInvalid as error:
        reasons = error.reasons[:_TOLD]
        ja = " / ".join(f"{each.place}: {each.message.ja}" for each in reasons)
        en = " / ".join(f"{each.place}: {each.message.en}" for each in reasons)
        raise VocabularyUnusable(_named(file, Message(ja, en))) from error


def _reason(error: Exception) -> Message:
    message = getattr(error, "message", None)
    line = getattr(error, "line", None)
    place = "" if line is None else f"{line}: "
    if isinstance(message, Message):
        return Message(place + message.ja, place + message.en)
    return Message(str(error), str(error))


def _named(file: Path, reason: Message) -> Message:
    return Message(f"{file}: {reason.ja}", f"{file}: {reason.en}")

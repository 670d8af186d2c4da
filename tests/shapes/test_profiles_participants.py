"""Participants: what the register asks of a name, an identifier and a kind."""

import pytest
from pyoxigraph import RdfFormat, parse

from shapes.profiles import Profiles
from shapes.validation import Validator

SOUND = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix org: <http://www.w3.org/ns/org#> .
@prefix ex: <https://example.jp/> .
ex:agency a org:FormalOrganization ;
    foaf:name "デジタル庁"@ja , "Digital Agency"@en ; dct:identifier "8000012010038" ;
    dct:type <http://purl.org/adms/publishertype/NationalAuthority> ;
    foaf:homepage <https://www.digital.go.jp/> ; foaf:mbox <mailto:data@example.jp> .
"""


@pytest.fixture(scope="module")
def validator() -> Validator:
    return Validator(Profiles.shipped())


def _causes(validator: Validator, turtle: str, level: str = "full") -> list[str | None]:
    triples = [quad.triple for quad in parse(turtle.encode(), format=RdfFormat.TURTLE)]
    return [
        result.cause for result in validator.validate_document(triples, profile="participants", level=level).results
    ]


def test_a_sound_participant_has_nothing_to_mend(validator: Validator) -> None:
    assert _causes(validator, SOUND) == []


@pytest.mark.parametrize(
    ("old", "new", "level", "cause"),
    [
        ('foaf:name "デジタル庁"@ja , "Digital Agency"@en ;', "", "minimum", "participant-name"),
        ('foaf:name "デジタル庁"@ja , "Digital Agency"@en ;', 'foaf:name "" ;', "minimum", "participant-name"),
        ('dct:identifier "8000012010038" ;', "", "base", "participant-identifier"),
        ('"8000012010038"', '"8000012010039"', "base", "corporate-number-check-digit"),
        ('"8000012010038"', '"000012010038"', "base", "corporate-number-length"),
        ("<https://www.digital.go.jp/>", '"www.digital.go.jp"', "base", "participant-homepage"),
        ("foaf:mbox <mailto:data@example.jp>", 'dct:title ""', "recommended", "participant-contact-recommended"),
        ("publishertype/NationalAuthority", "publishertype/Ministry", "codelists", "participant-type-codelist"),
    ],
)
def test_a_fault_is_named_at_its_level(old: str, new: str, level: str, cause: str, validator: Validator) -> None:
    assert old in SOUND
    assert cause in _causes(validator, SOUND.replace(old, new, 1), level)

import pytest

from ontology.messages import Message
from stores.fulltext.local import LocalFullText
from stores.fulltext.port import Coded, SearchDocument

pytestmark = pytest.mark.anyio


async def test_documents_are_found_by_the_things_whose_labels_they_bear() -> None:
    city, theme = Coded("https://city.example/", Message("市", "City")), Coded("urn:theme", Message("主題", "Theme"))
    given = {"kind": "Dataset", "catalog": "c", "audience": "public", "titles": {"ja": ["一覧"]}}
    index = LocalFullText()
    documents = [
        SearchDocument(key=1, short_id="a", iri="urn:a", publishers=[city], **given),
        SearchDocument(key=2, short_id="b", iri="urn:b", themes=[theme], publishers=[city], **given),
        SearchDocument(key=3, short_id="c", iri="urn:c", **given),
    ]
    await index.apply(documents, [], 1)
    found = [await index.mentioning(iris) for iris in (["https://city.example/"], ["urn:theme", "urn:no"], [])]
    await index.close()
    assert found == [{1, 2}, {2}, set()]

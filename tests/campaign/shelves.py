"""A catalog that is loaded again and again, and what its loader knows of it."""

import re
from dataclasses import dataclass

import httpx

from tests.campaign.harness import PREFIXES

DATASETS = 620  # more than one chunk, so that there is a commit in the middle
MARKS = "PREFIX dct: <http://purl.org/dc/terms/> PREFIX dcat: <http://www.w3.org/ns/dcat#> SELECT ?d ?t ?n {{ <{iri}> dcat:dataset ?d . ?d dct:title ?t ; dct:description ?n }} LIMIT 9999"


@dataclass
class Shelf:
    """A catalog that is loaded again and again.

    Attributes:
        acknowledged: the version whose load was seen to end, 0 before the first.
        under_way: the version that was being loaded when the kill came.
    """

    id: str
    acknowledged: int = 0
    under_way: int = 0
    how_long_s: float = 2.0

    @property
    def iri(self) -> str:
        return f"https://city.example/{self.id}"

    def text(self, version: int) -> str:
        """A version of the catalog; a few datasets stay as they were."""
        members = [self._member(n, version if n % 10 else 0) for n in range(DATASETS)]
        names = ", ".join(f"ex:{self.id}-{n}" for n in range(DATASETS))
        head = f'{PREFIXES}ex:{self.id} a dcat:Catalog ; dct:title "shelf" ; dcat:dataset {names} .\n'
        return head + "\n".join(members)

    def _member(self, n: int, version: int) -> str:
        # So many keywords that a chunk of changes takes the way of big changes into the graphs.
        keywords = ", ".join(f'"v{version}k{i}"' for i in range(6))
        return (
            f'ex:{self.id}-{n} a dcat:Dataset ; dct:title "v{version}q 統計{n}" ; dct:description "v{version}q" ;'
            f" dcat:keyword {keywords} ; dcat:distribution [ a dcat:Distribution ;"
            f" dcat:accessURL <https://city.example/files/{n}> ] ."
        )

    def settle(self, client: httpx.Client) -> None:
        """Every dataset is of one of the versions it may be of, in graphs, index and database alike."""
        query = {"query": MARKS.format(iri=self.iri), "format": "json"}
        rows = client.post("/sparql", data=query).json()["results"]["bindings"]
        versions = {row["d"]["value"]: (int(row["t"]["value"][1:].split("q")[0]), row["n"]["value"]) for row in rows}
        allowed = {0, *range(self.acknowledged, self.under_way + 1)}
        assert len(rows) == len(versions), "a dataset has the titles of two revisions"
        assert all(v in allowed and told == f"v{v}q" for v, told in versions.values()), sorted(set(versions.values()))
        if self.acknowledged:
            assert len(versions) == DATASETS
            if self.acknowledged >= self.under_way:
                assert {v for v, _ in versions.values()} == {0, self.acknowledged}
        found = client.get(f"/search?catalog={self.id}&kind=Dataset&as=json")
        assert found.json()["total"] == len(versions)
        self._dump_agrees(client, versions)

    def _dump_agrees(self, client: httpx.Client, versions: dict[str, tuple[int, str]]) -> None:
        answer = client.get(f"/catalogs/{self.id}/dump?format=nt")
        if answer.status_code == 404:
            assert not versions
            return
        told = re.findall(r"^<(\S+)> <http://purl.org/dc/terms/description> \"(v\d+q)\"", answer.text, re.MULTILINE)
        assert dict(told) == {name: text for name, (_, text) in versions.items()}

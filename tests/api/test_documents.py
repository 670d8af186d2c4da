"""What people read agrees with the code: texts, problems, settings, routes."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from api import i18n, reference
from api.docs import openapi
from api.problem_table import BY_SLUG, PROBLEMS
from api.routes import OPERATIONS

API = Path(reference.__file__).parent
PACKAGES = ("ontology", "stores", "shapes", "journal", "participants", "catalog", "exchange", "loaders", "api")
# Answered for by those who call them, so that they never reach the edge.
INSIDE = {"RecordUnusable", "NoRecords", "FetchRefused", "PathMalformed", "ListMalformed", "ArchiveRefused",
          "PolicyError", "VocabularyInvalid", "ValuesInvalid", "NotTheSame", "TooManyCases", "Unfit",
          "DataRefused", "SignatureWrong", "UnpackingFailed"}  # fmt: skip


def errors() -> Iterator[type[Exception]]:
    for name in PACKAGES:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if ".migrations" in module.name or module.name.endswith("__main__"):
                continue
            found = vars(importlib.import_module(module.name)).values()
            yield from (
                each for each in found
                if isinstance(each, type) and issubclass(each, Exception) and each.__module__ == module.name
                and not each.__name__.startswith("_")
            )  # fmt: skip


def test_every_error_of_every_package_has_a_problem() -> None:
    bases = {"ApiError", "CatalogError", "JournalError"}
    missing = {
        error.__qualname__
        for error in errors()
        if not any(base in PROBLEMS for base in error.__mro__) and error.__name__ not in INSIDE | bases
    }
    assert missing == set()


def test_problems_of_one_slug_have_one_title_and_status() -> None:
    for problem in PROBLEMS.values():
        assert (problem.title, problem.status) == (BY_SLUG[problem.slug].title, BY_SLUG[problem.slug].status)


@pytest.mark.parametrize("name", reference.DOCUMENTS)
def test_the_reference_is_what_the_code_says(name: str) -> None:
    assert (reference.FOLDER / name).read_text("utf-8") == reference.DOCUMENTS[name](), "run `make docs`"


def test_both_languages_have_every_text_that_the_pages_name() -> None:
    sources = "".join(path.read_text("utf-8") for path in [*API.rglob("*.html"), *API.rglob("*.py")])
    named = set(re.findall(r"""\bt(?:\.count)?\(["']([a-z]+(?:\.[A-Za-z_]+)+)["']""", sources))
    for language in i18n.LANGUAGES:
        known = {
            entry.id if isinstance(entry.id, str) else entry.id[0] for entry in i18n.catalogue(language) if entry.string
        }
        assert named - known == set(), language


def test_both_catalogues_say_the_same_things_in_full() -> None:
    keys = [{str(entry.id) for entry in i18n.catalogue(language)} for language in i18n.LANGUAGES]
    empty = [
        entry.id for language in i18n.LANGUAGES for entry in i18n.catalogue(language) if entry.id and not entry.string
    ]
    assert keys[0] == keys[1]
    assert empty == []


def test_the_openapi_document_names_every_operation_once() -> None:
    document = openapi(OPERATIONS, "http://here", "1")
    ids = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids)) == len(OPERATIONS)

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from catalog.errors import ProfileNameInvalid
from catalog.house_profiles import HouseProfiles
from shapes.errors import ProfileUnknown
from shapes.profiles import Profiles
from shapes.validation import Validator
from stores.database import Database

pytestmark = pytest.mark.anyio
SHAPES = b"""
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
<urn:shape> a sh:NodeShape ; sh:targetClass dcat:Dataset ; sh:property [ sh:path dcat:keyword ; sh:minCount 1 ] .
"""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database.in_folder(tmp_path)
    await database.open()
    yield database
    await database.close()


async def test_a_profile_added_by_one_process_serves_in_another(database: Database) -> None:
    here, there = (HouseProfiles(database, Profiles.shipped()) for _ in range(2))
    await there.follow()
    await here.add("keywords", {"k.ttl": SHAPES}, trusted=False, actor="operator")
    await there.follow()
    assert "keywords" in there.profiles
    await here.remove("keywords", actor="operator")
    await there.follow()
    assert "keywords" not in there.profiles


async def test_a_profile_is_used_after_a_restart(database: Database) -> None:
    await HouseProfiles(database, Profiles.shipped()).add("k", {"k.ttl": SHAPES}, trusted=False, actor="operator")
    again = HouseProfiles(database, Profiles.shipped())
    await again.follow()
    assert Validator(again.profiles).validate([], profile="k", level="full").results


async def test_shipped_names_and_names_that_are_none_are_refused(database: Database) -> None:
    profiles = HouseProfiles(database, Profiles.shipped())
    for name in ("dcat-ap", "", "a/b", "x" * 65):
        with pytest.raises(ProfileNameInvalid):
            await profiles.add(name, {"k.ttl": SHAPES}, trusted=False, actor="operator")


async def test_a_shipped_profile_cannot_be_removed(database: Database) -> None:
    with pytest.raises(ProfileUnknown):
        await HouseProfiles(database, Profiles.shipped()).remove("dcat-ap", actor="operator")


async def test_rubbish_is_named_and_not_stored(database: Database) -> None:
    profiles = HouseProfiles(database, Profiles.shipped())
    report = await profiles.add("bad", {"k.ttl": b"no turtle"}, trusted=False, actor="operator")
    assert not report.usable
    assert report.findings
    assert await database.head() == 0

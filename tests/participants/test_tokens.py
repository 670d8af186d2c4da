from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from participants.principal import OPERATOR
from participants.tokens import (
    ParticipantUnclear,
    TokenRefused,
    Tokens,
    TokenUnknown,
    UnverifiedToken,
    operator_token,
)
from stores.database import Database

pytestmark = pytest.mark.anyio
CITY = "https://city.example/"


@pytest.fixture
async def tokens(tmp_path: Path) -> AsyncIterator[Tokens]:
    database = Database.in_folder(tmp_path)
    await database.open()
    yield Tokens(database, "operator-secret")
    await database.close()


async def test_a_token_proves_its_participant_role_and_catalogs(tokens: Tokens) -> None:
    issued = await tokens.issue(CITY, "provider", ("city",))
    principal = await tokens.verify(UnverifiedToken(issued.secret or ""))
    assert (principal.participant, principal.may_write("city"), principal.may_write("other")) == (CITY, True, False)


async def test_the_operators_token_is_not_in_the_database(tokens: Tokens) -> None:
    assert await tokens.verify(UnverifiedToken("operator-secret")) == OPERATOR
    assert await tokens.issued() == []


async def test_a_revoked_token_is_refused_from_the_next_request_on(tokens: Tokens) -> None:
    issued = await tokens.issue(CITY, "reader", None)
    await tokens.verify(UnverifiedToken(issued.secret or ""))
    await tokens.revoke(issued.id)
    with pytest.raises(TokenRefused):
        await tokens.verify(UnverifiedToken(issued.secret or ""))


async def test_a_reader_may_write_nowhere(tokens: Tokens) -> None:
    issued = await tokens.issue(CITY, "reader", None)
    assert not (await tokens.verify(UnverifiedToken(issued.secret or ""))).may_write("city")


async def test_neither_lists_nor_the_database_hold_a_secret(tokens: Tokens, tmp_path: Path) -> None:
    issued = await tokens.issue(CITY, "provider", None)
    assert [one.secret for one in await tokens.issued()] == [None]
    files = [path for path in tmp_path.iterdir() if path.is_file()]
    assert not any((issued.secret or "").encode() in path.read_bytes() for path in files)


async def test_an_unknown_token_cannot_be_revoked(tokens: Tokens) -> None:
    with pytest.raises(TokenUnknown):
        await tokens.revoke("nothing")


def test_the_operators_token_is_made_once_into_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    first, path = operator_token(tmp_path / "data", None)
    assert path is not None
    assert oct(path.stat().st_mode)[-3:] == "600"
    assert operator_token(tmp_path / "data", None) == (first, path)
    assert operator_token(tmp_path / "data", "given") == ("given", None)


@pytest.mark.parametrize("name", ["", "a b", "a\r\nX: y", "a\0", "https://city.example/\u202egro", "a\u200bb", "a\u00adb",
                                  "a\u3000b", "cafe\u0301", "x" * 2049, "a\ufeff", "a\ue000"])  # fmt: skip
async def test_p33_a_name_that_could_pass_for_another_gets_no_token(tokens: Tokens, name: str) -> None:
    with pytest.raises(ParticipantUnclear):
        await tokens.issue(name, "reader", None)
    assert (await tokens.issue("https://京都市.example/参加者", "reader", None)).secret
